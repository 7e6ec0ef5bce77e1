#!/usr/bin/env python3
"""time.py - rows of time.csv from what time.sh left: for each accuracy on
validation clips the items until a schedule stays above it in the mean of three
evaluations, the mean over seeds, and the seconds of so many items."""
import csv
import json
import pathlib
import statistics
import sys

SCHEDULES = ["backprop", "sideways-1f1b", "sideways"]
ACCURACIES = [0.40, 0.45, 0.50, 0.55, 0.60, 0.65]
SEEDS = [1, 2, 3]


def curve(folder, schedule, seed):
    with open(folder / f"{schedule}-{seed}" / "metrics.csv") as file:
        return [(int(row["step"]), float(row["valid_accuracy"]))
                for row in csv.DictReader(file) if row["valid_accuracy"]]


def items_until(points, accuracy):
    """Items at which the mean of an evaluation and its neighbours gets there."""
    for i in range(1, len(points) - 1):
        if statistics.mean(a for _, a in points[i - 1:i + 2]) >= accuracy:
            return points[i][0]
    return None


def measured(folder):
    seconds = {}
    for line in (folder / "seconds").read_text().split("\n"):
        if line:
            schedule, value = line.split()
            seconds.setdefault(schedule, []).append(float(value))
    return {name: statistics.median(values) for name, values in seconds.items()}


def planned(folder):
    return {name: json.loads((folder / f"plan-{name}.json").read_text())
            ["seconds_per_item"] for name in SCHEDULES}


def main():
    folder = pathlib.Path(sys.argv[1])
    times = [("measured", 2, measured(folder)), ("plan", 5, planned(folder))]
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["time", "ranks", "schedule", "seconds_per_item",
                  "valid_accuracy", "items", "seconds", "times_faster"])
    for kind, ranks, per_item in times:
        for accuracy in ACCURACIES:
            first = None
            for schedule in SCHEDULES:
                items = [items_until(curve(folder, schedule, seed), accuracy)
                         for seed in SEEDS]
                if None in items:
                    continue
                seconds = statistics.mean(items) * per_item[schedule]
                if schedule == "backprop":
                    first = seconds
                out.writerow([kind, ranks, schedule,
                              f"{per_item[schedule]:.6f}", accuracy,
                              f"{statistics.mean(items):.0f}", f"{seconds:.2f}",
                              f"{first / seconds:.2f}" if first else ""])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""run.py - the trials of this folder: makes the clips, sweeps the learning rate
of each schedule on validation clips, then trains the rate that won with three
seeds and tests it. What is done already is not done again. From the top of the
clone:

    ./bootstrap build && experiments/sideways_video/run.py [PATTERN] [--jobs N]

A trial's files are runs/sideways_video/<name>/; the results go to results.csv
and sweep.csv of this folder.
"""
import argparse
import concurrent.futures
import csv
import json
import math
import os
import pathlib
import subprocess
import time

HERE = pathlib.Path(__file__).resolve().parent
RUNS = pathlib.Path(os.environ.get("RUNS", "runs/sideways_video"))
SIDLE = os.environ.get("SIDLE", "build/sidle")

SPEEDS = ["0.1", "0.5", "1", "2", "4"]  # pixels a frame
SCHEDULES = ["backprop", "pipedream", "delayed", "sideways-1f1b", "sideways"]
RATES = ["3e-4", "1e-3", "3e-3"]
SWEPT = ["0.1", "2"]  # speeds at which the rates are tried
SEEDS = [1, 2, 3]
ITEMS = 3000
BLOCKS = 5
COLUMNS = ["schedule", "blocks", "pixels_per_frame", "seed", "items",
           "update_every", "optimizer", "test_accuracy", "train_loss", "seconds"]

OPTIMIZER = "adamw" # with beta1 = 0
# Clips of a file, frames of each
PARTS = {"train": (3000, 32), "valid": (500, 8), "test": (1000, 8)}


def clips(part, speed):
    """Path of the clips of a part; makes them the first time."""
    count, frames = PARTS[part]
    path = RUNS / f"{part}-{speed}.h5"
    if not path.exists():
        RUNS.mkdir(parents=True, exist_ok=True)
        subprocess.run([SIDLE, "data", "moving", path, "--part", part, "--clips",
                        str(count), "--frames", str(frames), "--speed", speed],
                       check=True, stdout=subprocess.DEVNULL)
    return path


def trial(name, schedule, speed, rate, seed, tested_on):
    """Accuracy on the clips of a part, training loss and seconds of a trial."""
    folder = RUNS / name
    done = folder / "done.json"
    if not done.exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = [SIDLE, "train", HERE / "base.yaml", f"run.dir={folder}",
                   f"run.seed={seed}", f"run.steps={ITEMS}",
                   f"data.path={clips('train', speed)}",
                   f"data.valid_path={clips(tested_on, speed)}",
                   f"parallel.schedule={schedule}", f"optim.lr={rate}"]
        begin = time.time()
        with open(folder / "out", "w") as out:
            code = subprocess.run(command, stdout=out, stderr=out).returncode
        found = {"seconds": time.time() - begin}
        if code == 0:
            found |= results(folder)
        elif "not finite" in (folder / "out").read_text():  # rate too large
            found |= {"accuracy": 0.0, "train_loss": float("nan")}
        else:
            raise SystemExit(f"{name} ended with {code}; see {folder}/out")
        done.write_text(json.dumps(found))
        subprocess.run(["rm", "-rf", folder / "checkpoints"], check=True)
    return json.loads(done.read_text())


def results(folder):
    final = json.loads((folder / "final.json").read_text())
    with open(folder / "metrics.csv") as file:
        losses = [float(row["train_loss"]) for row in csv.DictReader(file)
                  if row["train_loss"]]
    last = losses[-2:]  # the last third
    return {"accuracy": final["accuracy"], "train_loss": sum(last) / len(last)}


def in_parallel(jobs, todo):
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda arguments: trial(*arguments), todo))


def write(path, head, rows):
    with open(path, "w", newline="") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(head)
        out.writerows(rows)


def row(schedule, speed, seed, found):
    return [schedule, BLOCKS, speed, seed, ITEMS, 1, OPTIMIZER,
            f"{found['accuracy']:.4f}", f"{found['train_loss']:.4f}",
            f"{found['seconds']:.1f}"]


def nearest(speed):
    """The swept speed whose best rate a speed takes: nearest in ratio."""
    return min(SWEPT, key=lambda swept: abs(math.log(float(swept) / float(speed))))


def sweep(jobs):
    """The best rate of each schedule and swept speed, by validation clips."""
    todo = [(f"sweep/{schedule}/{speed}/{rate}", schedule, speed, rate, 1, "valid")
            for schedule in SCHEDULES for speed in SWEPT for rate in RATES]
    found = in_parallel(jobs, todo)
    write(HERE / "sweep.csv", COLUMNS[:7] + ["lr", "valid_accuracy"] + COLUMNS[8:],
          [row(one[1], one[2], 1, f)[:7] + [one[3]] + row(one[1], one[2], 1, f)[7:]
           for one, f in zip(todo, found)])
    best = {}
    for (_, schedule, speed, rate, _, _), f in zip(todo, found):
        key = schedule, speed
        if key not in best or f["accuracy"] > best[key][0]:
            best[key] = f["accuracy"], rate
    return {key: rate for key, (_, rate) in best.items()}


def final(jobs, rates):
    todo = [(f"final/{schedule}/{speed}/{seed}", schedule, speed,
             rates[schedule, nearest(speed)], seed, "test")
            for speed in SPEEDS for schedule in SCHEDULES for seed in SEEDS]
    found = in_parallel(jobs, todo)
    write(HERE / "results.csv", COLUMNS,
          [row(one[1], one[2], one[4], f) for one, f in zip(todo, found)])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    jobs = parser.parse_args().jobs
    for speed in SPEEDS:
        for part in PARTS:
            clips(part, speed)
    final(jobs, sweep(jobs))


if __name__ == "__main__":
    main()

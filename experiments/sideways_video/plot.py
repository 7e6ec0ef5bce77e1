#!/usr/bin/env python3
"""plot.py - accuracy.svg from results.csv, time.svg from time.csv. Equal results
make equal files. Needs matplotlib (Debian: python3-matplotlib)."""
import collections
import csv
import pathlib
import statistics

import matplotlib

HERE = pathlib.Path(__file__).resolve().parent
matplotlib.use("svg")
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "sidle",
                            "font.size": 9, "font.family": "sans-serif"})
from matplotlib import pyplot  # noqa: E402

FORMS = {"backprop": "k-o", "pipedream": "C0-s", "delayed": "C4-D",
         "sideways-1f1b": "C2-^", "sideways": "C3-v"}


def rows_of(name):
    with open(HERE / name) as file:
        return list(csv.DictReader(file))


def save(figure, name):
    figure.savefig(HERE / name, bbox_inches="tight", metadata={"Date": None})


def accuracy():
    found = collections.defaultdict(list)
    for row in rows_of("results.csv"):
        key = row["schedule"], float(row["pixels_per_frame"])
        found[key].append(100 * float(row["test_accuracy"]))
    figure, axes = pyplot.subplots(figsize=(5.2, 3.6), layout="constrained")
    for schedule, form in FORMS.items():
        speeds = sorted(v for s, v in found if s == schedule)
        values = [found[schedule, v] for v in speeds]
        axes.errorbar(speeds, [statistics.mean(v) for v in values],
                      [statistics.stdev(v) if len(v) > 1 else 0 for v in values],
                      fmt=form, label=schedule, markersize=4, linewidth=1.2,
                      capsize=2)
    axes.set_xscale("log")
    ticks = sorted({v for _, v in found})
    axes.set_xticks(ticks, [f"{v:g}" for v in ticks])
    axes.minorticks_off()
    axes.set_xlabel("pixels a frame")
    axes.set_ylabel("accuracy on unseen clothes, %")
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    save(figure, "accuracy.svg")


def time():
    figure, axes = pyplot.subplots(figsize=(4.6, 3.4), layout="constrained")
    for schedule in ("backprop", "sideways-1f1b", "sideways"):
        rows = [row for row in rows_of("time.csv")
                if row["time"] == "plan" and row["schedule"] == schedule]
        axes.plot([float(row["seconds"]) for row in rows],
                  [100 * float(row["valid_accuracy"]) for row in rows],
                  FORMS[schedule], label=schedule, markersize=4, linewidth=1.2)
    axes.set_xlabel("seconds with five ranks, by the plan")
    axes.set_ylabel("accuracy on validation clips, %")
    axes.set_title("0.1 pixels a frame", fontsize=9)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)
    save(figure, "time.svg")


accuracy()
time()

#!/usr/bin/env python3
"""curve.py - the loss curve of a run as an SVG picture, from its metrics.csv.
Equal metrics make equal files. Needs matplotlib (Debian: python3-matplotlib).

    experiments/curve.py RUN OUT.svg UNIT [NAME=LOSS ...]

UNIT stands at the loss's axis; each NAME=LOSS draws a level to compare with.
"""
import csv
import pathlib
import sys

import matplotlib

matplotlib.use("svg")
# Text as text keeps the files small; a fixed salt makes their names repeatable.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "sidle",
                            "font.size": 9, "font.family": "sans-serif"})
from matplotlib import pyplot  # noqa: E402

POINTS = 100  # of the training curve, each the mean of its rows


def column(rows, name):
    """Return updates and values of the rows that have a value."""
    known = [(int(r["update"]), float(r[name])) for r in rows if r[name]]
    return [u for u, _ in known], [v for _, v in known]


def thinned(updates, losses):
    """Return means over groups of neighbours, at most POINTS of them."""
    size = -(-len(losses) // POINTS)
    groups = [slice(i, i + size) for i in range(0, len(losses), size)]
    return [updates[g][-1] for g in groups], [
        sum(losses[g]) / len(losses[g]) for g in groups]


def main():
    if len(sys.argv) < 4:
        sys.exit("usage: curve.py RUN OUT.svg UNIT [NAME=LOSS ...]")
    run, out, unit = sys.argv[1:4]
    with open(pathlib.Path(run) / "metrics.csv", encoding="utf-8") as f:
        rows = list(csv.DictReader(f))
    figure, axes = pyplot.subplots(figsize=(5.6, 3.2))
    axes.plot(*thinned(*column(rows, "train_loss")), "C0-", linewidth=1,
              label="training")
    axes.plot(*column(rows, "valid_loss"), "C3-o", markersize=3, linewidth=1,
              label="held out")
    for number, level in enumerate(sys.argv[4:]):
        name, loss = level.rsplit("=", 1)
        axes.axhline(float(loss), color="k", linewidth=0.8,
                     linestyle=["--", ":", "-."][number % 3], label=name)
    # The first losses are those of chance and would press the rest together.
    lowest = min(column(rows, "valid_loss")[1])
    axes.set_ylim(0.9 * lowest, 2.5 * lowest)
    axes.set_xlabel("updates")
    axes.set_ylabel(unit)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(out, metadata={"Date": None})


if __name__ == "__main__":
    main()

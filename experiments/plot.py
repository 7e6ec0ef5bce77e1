#!/usr/bin/env python3
"""plot.py - the two pictures of schedules/README.md: loss against the number of
blocks D, half-width model, at equal updates and text, and at equal time. Equal
results make equal files. Needs matplotlib (Debian: python3-matplotlib).

    experiments/plot.py     writes experiments/schedules/equal-{updates,time}.svg
"""
import pathlib
import sys

import matplotlib

HERE = pathlib.Path(__file__).resolve().parent / "schedules"
sys.path.insert(0, str(HERE))
import results  # noqa: E402

matplotlib.use("svg")
# Text as text keeps the files small; a fixed salt makes their names repeatable.
matplotlib.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "sidle",
                            "font.size": 9, "font.family": "sans-serif"})
from matplotlib import pyplot  # noqa: E402

DEPTHS = [2, 4, 8, 16]
# label, schedule, is U one item, remedy, line
EQUAL = [
    ("backprop, gpipe, 1f1b, zero-bubble", "backprop", False, "none", "k-o"),
    ("pipedream, U = D - 1, predict", "pipedream", False, "predict", "C0-o"),
    ("pipedream, U = D - 1", "pipedream", False, "none", "C2--s"),
    ("pipedream, U = 1, predict", "pipedream", True, "predict", "C1-^"),
    ("pipedream, U = 1", "pipedream", True, "none", "C3--v"),
    ("delayed, U = D - 1", "delayed", False, "none", "C4:D"),
]
TIMED = [("zero-bubble", "C1-^"), ("1f1b", "C3-v"), ("backprop", "k-o")]


def fair(rows, row):
    """The row's loss if its seeds and rows an update were those of backprop's
    point: seeds differ by more than schedules do, and not all rows have the same."""
    gap = results.behind(rows, row)[1]
    home = results.base_of(rows, row._replace(set="rule"))
    return results.best(rows[home]).loss * (1 + gap)


def updates_loss(rows, d, optimizer, schedule, is_one_item, remedy):
    """At equal updates, of one item each or of D - 1; None where not run."""
    u = 1 if is_one_item else d - 1
    # delayed was run with one U: D - 1, but 2 at D = 2
    prefix = f"{schedule}-" + ("" if schedule == "delayed" else f"{u}x")
    fits = [row for row in rows
            if (row.set, row.d, row.optimizer, row.remedy)
            == ("rule", d, optimizer, remedy) and row.schedule.startswith(prefix)]
    # The older trials of one item have more seeds
    older = results.Row("items", d, optimizer, f"{schedule}-u1", remedy)
    if is_one_item and older in rows:
        fits.append(older)
    if not fits:
        return None
    return fair(rows, max(fits, key=lambda r: len(results.best(rows[r]).seeds)))


def time_loss(rows, d, schedule):
    """Seed 1, the best U and rate of a flushed schedule; None where not run."""
    return min((results.best(rates, ["seed1"]).loss for row, rates in rows.items()
                if (row.set, row.d) == ("rule-time", d)
                and row.schedule.rsplit("-", 1)[0] == schedule), default=None)


def pipedream_in_time(rows, d):
    """Seed 1, the best of U = D - 1 and of items of one row."""
    return min((results.best(rates, ["seed1"]).loss for row, rates in rows.items()
                if (row.set, row.d, row.optimizer, row.remedy)
                == ("rule", d, "muon", "predict")
                and row.schedule.startswith("pipedream-")
                and (not row.schedule.startswith("pipedream-1x") or d == 2)),
               default=None)


def line(axes, losses, label, form):
    known = [(d, loss) for d, loss in zip(DEPTHS, losses) if loss is not None]
    if known:
        axes.plot(*zip(*known), form, label=label, markersize=4, linewidth=1.2)


def dress(axes, title):
    axes.set_xscale("log", base=2)
    axes.set_xticks(DEPTHS, [str(d) for d in DEPTHS])
    axes.minorticks_off()
    axes.set_xlabel("blocks D")
    axes.set_title(title, fontsize=9)
    axes.grid(alpha=0.3)


def equal_updates(rows):
    names = [o for o in ("muon", "nadam", "adamw")
             if any(r.set == "rule" and r.optimizer == o for r in rows)]
    figure, every = pyplot.subplots(1, len(names), squeeze=False,
                                    figsize=(3.4 * len(names) + 0.6, 3.4),
                                    layout="constrained")
    for axes, optimizer in zip(every[0], names):
        for label, *which, form in EQUAL:
            line(axes, [updates_loss(rows, d, optimizer, *which)
                        for d in DEPTHS], label, form)
        dress(axes, f"{optimizer}, equal updates, rows and text")
    every[0][0].set_ylabel("held-out loss, nats a byte")
    figure.legend(*every[0][0].get_legend_handles_labels(), fontsize=7, ncols=3,
                  loc="upper center", bbox_to_anchor=(0.5, 0))
    return figure


def equal_time(rows):
    figure, axes = pyplot.subplots(figsize=(4.6, 3.4), layout="constrained")
    line(axes, [pipedream_in_time(rows, d) for d in DEPTHS],
         "pipedream, predict", "C0-o")
    for schedule, form in TIMED:
        line(axes, [time_loss(rows, d, schedule) for d in DEPTHS],
             f"{schedule}, its best U" if schedule != "backprop" else schedule, form)
    dress(axes, "muon, equal time by the plan, seed 1")
    axes.set_ylabel("held-out loss, nats a byte")
    axes.legend(fontsize=7)
    return figure


def save(figure, name):
    figure.savefig(HERE / name, bbox_inches="tight",
                   metadata={"Date": None})


everything = results.read()
save(equal_updates(everything), "equal-updates.svg")
save(equal_time(everything), "equal-time.svg")

"""results.py - results.tsv, read: of every row its losses by rate and seed, the
mean over seeds, the best of its rates, and the backprop that it is held against.
A line is a trial's name, its held-out loss and, in the newer ones, the mean
training loss of the last fifth of the run."""
import math
import pathlib
from collections import namedtuple

HERE = pathlib.Path(__file__).resolve().parent
Row = namedtuple("Row", "set d optimizer schedule remedy")
# best: the rate that was chosen out of `tried`; seeds: those of the mean
Best = namedtuple("Best", "loss rate tried seeds")


HELD_OUT, LAST_FIFTH = 1, 2


def read(column=HELD_OUT):
    """{Row: {rate: {seed: loss}}}; one that diverged is infinite."""
    rows = {}
    for line in (HERE / "results.tsv").read_text().splitlines():
        cells = line.split("\t") + [""]
        loss = cells[column]
        if not loss:
            continue
        *words, rate, seed = cells[0].split("/")
        row = Row(words[0], int(words[1][1:]), *words[2:])
        value = math.inf if loss == "diverged" else float(loss)
        rows.setdefault(row, {}).setdefault(rate, {})[seed] = value
    return rows


def best(rates, seeds=None):
    """The least mean of all rates: over all seeds of a rate, or over `seeds`,
    which it must have. None where there is none."""
    found = None
    for rate, losses in rates.items():
        over = sorted(losses) if seeds is None else seeds
        if not set(over) <= set(losses):
            continue
        mean = sum(losses[seed] for seed in over) / len(over)
        if found is None or mean < found.loss:
            found = Best(mean, rate, len(rates), over)
    return found


def base_of(rows, row):
    """Backprop with the same optimizer, updates, rows of an update and text, of
    D - 1 items as pipedream by rule; at equal time, that of equal updates."""
    if row.set.startswith("rule"):
        home = row.set.removesuffix("-time").removesuffix("-seconds")
        prefix = f"backprop-{row.d - 1}x"
    else:
        home, prefix = "items" if row.set == "time" else row.set, "backprop-u1"
    for other in rows:
        if (other[:3] == (home, row.d, row.optimizer)
                and other.schedule.startswith(prefix)
                and other.remedy == "none"):
            return other
    return None


def behind(rows, row):
    """(Best, how far behind backprop over the seeds that both have: 0.01 is 1 %,
    or None)"""
    found = best(rows[row])
    base = base_of(rows, row)
    if base is None or math.isinf(found.loss):
        return found, None
    there = {seed for losses in rows[base].values() for seed in losses}
    common = [seed for seed in found.seeds if seed in there]
    held = best(rows[base], common) if common else None
    if held is None:
        return found, None
    own = rows[row][found.rate]
    return found, sum(own[s] for s in common) / len(common) / held.loss - 1

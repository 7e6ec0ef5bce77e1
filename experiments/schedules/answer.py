#!/usr/bin/env python3
"""answer.py - the three tables of README.md, made of results.tsv: what was to be
reached, every schedule at equal time, and pipedream held against backprop at equal
updates in all rows.

    experiments/schedules/answer.py
"""
import statistics

import results
from results import Row

SIZES = {"rule": "half", "rule-long": "half, long", "rule-study": "study, short",
         "rule-study-long": "study", "rule-big": "10 M"}
# set, optimizer, D, at most so many per cent behind backprop
GOALS = [("rule", "muon", 4, 0.3), ("rule", "muon", 8, 0.5),
         ("rule-long", "muon", 8, 0.5), ("rule", "muon", 16, 1),
         ("rule-study-long", "muon", 4, 0.3), ("rule-study-long", "muon", 8, 0.5),
         ("rule-study", "muon", 16, 1), ("rule", "adamw", 8, 2)]
ROWS = {2: 8, 4: 9, 8: 7, 16: 15}  # of an update, of the half-width model
REMEDIES = ["none", "predict"]
RIVALS = ["zero-bubble", "1f1b", "backprop"]
held_out = results.read()
last_fifth = results.read(results.LAST_FIFTH)


def rows_of(size, d):
    return 3 if size.startswith("rule-study") and d == 4 else ROWS[d]


def of_rule(name, optimizer, d):
    """(backprop, pipedream with prediction), both of D - 1 items an update."""
    items = f"{d - 1}x{rows_of(name, d) // (d - 1)}"
    return (Row(name, d, optimizer, f"backprop-{items}", "none"),
            Row(name, d, optimizer, f"pipedream-{items}", "predict"))


def spread(rows, base, row, most=None):
    """Distance of the means in per cent at the best rates of both, its standard
    error over the seeds, and their number, at `most` so many."""
    common = (set.intersection(*map(set, rows[base].values()))
              & set.intersection(*map(set, rows[row].values())))
    common = sorted(common)[:most]
    own, held = ([rows[r][results.best(rows[r], common).rate][seed]
                  for seed in common] for r in (row, base))
    gap = 100 * (sum(own) / sum(held) - 1)
    each = [100 * (a / b - 1) for a, b in zip(own, held)]
    error = ""
    if len(each) > 1:
        error = f" ± {statistics.stdev(each) / len(each) ** 0.5:.2f}"
    return f"{gap:+.2f}{error} ({len(each)})", gap


def goals():
    yield ("| model | optimizer | D | goal, % | seeds 1 to 3 | all seeds "
           "| **last fifth** | goal is |")
    yield "| --- " * 8 + "|"
    for name, optimizer, d, goal in GOALS:
        base, row = of_rule(name, optimizer, d)
        if base not in held_out or row not in held_out:
            continue
        three, reached = spread(held_out, base, row, 3)
        every, _ = spread(held_out, base, row)
        lately, _ = spread(last_fifth, base, row)
        cells = [SIZES[name], optimizer, d, goal, three,
                 every if every != three else "", f"**{lately}**",
                 "met" if reached <= goal else "missed"]
        if not three.endswith("(3)"):
            cells[-1] += ", not of three seeds"
        yield "| " + " | ".join(str(cell) for cell in cells) + " |"


def one_item(base, remedy):
    """The gap with U = 1: of the same rows, or of the older trials, which have 8
    or 4 rows and no loss of the last fifth, where they have more seeds."""
    found = gaps(base, 1, remedy)
    if base.set in ("rule-study", "rule-long"):
        return found
    older = {"rule": "items", "rule-study-long": "study"}.get(base.set)
    row = base._replace(set=older, schedule="pipedream-u1", remedy=remedy)
    if row not in held_out:
        return found
    best, gap = results.behind(held_out, row)
    if found and not found.endswith("(1)") or len(best.seeds) == 1 and found:
        return found
    return f"{100 * gap:+.2f} ({len(best.seeds)})"


def gaps(base, u, remedy):
    """How far pipedream is behind backprop: held out, then in the last fifth of
    the training; of how many seeds."""
    each = rows_of(base.set, base.d) // u
    row = base._replace(schedule=f"pipedream-{u}x{each}", remedy=remedy)
    if row not in held_out:
        return ""
    both = [results.behind(rows, row)[1] for rows in (held_out, last_fifth)]
    if None in both:
        return ""
    seeds = len(results.best(held_out[row]).seeds)
    return "{:+.2f}, **{:+.2f}** ({})".format(*(100 * gap for gap in both), seeds)


def equal_updates():
    yield ("| model | optimizer | D | backprop | U = 1 | with predict "
           "| U by rule | with predict |")
    yield "| --- " * 8 + "|"
    for name, size in SIZES.items():
        for optimizer in ("muon", "adamw", "nadam"):
            for d in ROWS:
                u = d - 1
                base = Row(name, d, optimizer,
                           f"backprop-{u}x{rows_of(name, d) // u}", "none")
                if base not in held_out:
                    continue
                cells = [size, optimizer, d,
                         f"{results.best(held_out[base]).loss:.3f}"]
                cells += [one_item(base, remedy) for remedy in REMEDIES]
                cells += [gaps(base, u, remedy) for remedy in REMEDIES]
                yield "| " + " | ".join(str(cell) for cell in cells) + " |"


def in_time(d, schedule):
    """{items x rows: its best rate}, of what was run at equal time, seed 1."""
    return {row.schedule.rsplit("-", 1)[1]: (row, results.best(rates, ["seed1"]))
            for row, rates in held_out.items()
            if row.set == "rule-time" and row.d == d
            and row.schedule.rsplit("-", 1)[0] == schedule}


def both_losses(row, rate):
    lately = last_fifth[row][rate]["seed1"]
    return f"{held_out[row][rate]['seed1']:.3f}, **{lately:.3f}**"


def own_losses(d, items):
    row = Row("rule", d, "muon", f"pipedream-{items}", "predict")
    if row not in held_out:
        return ""
    return both_losses(row, results.best(held_out[row], ["seed1"]).rate)


def rival_losses(d, schedule, items=None):
    """Of that many items, or else of the U with the least held-out loss."""
    tried = in_time(d, schedule)
    chosen = items or min(tried, key=lambda name: tried[name][1].loss, default="")
    if chosen not in tried:
        return ""
    row, best = tried[chosen]
    return both_losses(row, best.rate) + ("" if items else f" ({chosen})")


def equal_time():
    yield ("| D | pipedream by rule | " + " | ".join(RIVALS)
           + " | items of one row: pipedream | zero-bubble |")
    yield "| --- " * 7 + "|"
    for d, n in ROWS.items():
        u = d - 1
        cells = [own_losses(d, f"{u}x{n // u}") + f" ({u}x{n // u})"]
        cells += [rival_losses(d, rival) for rival in RIVALS]
        cells += [own_losses(d, f"{n}x1"), rival_losses(d, "zero-bubble", f"{n}x1")]
        yield f"| {d} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    for table in (goals, equal_time, equal_updates):
        print("\n".join(table()), end="\n" if table is equal_updates else "\n\n")

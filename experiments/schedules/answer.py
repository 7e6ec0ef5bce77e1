#!/usr/bin/env python3
"""answer.py - the two tables of README.md, made of results.tsv: pipedream held
against backprop at equal updates, and every schedule at equal time.

    experiments/schedules/answer.py
"""
import results
from results import Row

SIZES = {"rule": "half", "rule-study": "study, short",
         "rule-study-long": "study", "rule-big": "10 M"}
ROWS = {2: 8, 4: 9, 8: 7, 16: 15}  # of an update, of the half-width model
REMEDIES = ["none", "predict"]
RIVALS = ["zero-bubble", "1f1b", "backprop"]
held_out = results.read()
last_fifth = results.read(results.LAST_FIFTH)


def rows_of(size, d):
    return 3 if size.startswith("rule-study") and d == 4 else ROWS[d]


def one_item(base, remedy):
    """The gap with U = 1: of the same rows, or else of the older trials, which
    have 8 or 4 rows and no loss of the last fifth."""
    found = gaps(base, 1, remedy)
    if found or base.set == "rule-study":
        return found
    older = {"rule": "items", "rule-study-long": "study"}.get(base.set)
    row = base._replace(set=older, schedule="pipedream-u1", remedy=remedy)
    if row not in held_out:
        return ""
    best, gap = results.behind(held_out, row)
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


def best_in_time(d, schedule):
    """The loss of the best U and rate of a schedule, seed 1."""
    tried = [(results.best(rates, ["seed1"]).loss, row.schedule)
             for row, rates in held_out.items()
             if row.set == "rule-time" and row.d == d
             and row.schedule.rsplit("-", 1)[0] == schedule]
    if not tried:
        return ""
    loss, name = min(tried)
    return f"{loss:.3f} ({name.rsplit('-', 1)[1]})"


def equal_time():
    yield "| D | pipedream | " + " | ".join(RIVALS) + " |"
    yield "| --- " * 5 + "|"
    for d, n in ROWS.items():
        u = d - 1
        own = held_out.get(
            Row("rule", d, "muon", f"pipedream-{u}x{n // u}", "predict"))
        cells = [f"{results.best(own, ['seed1']).loss:.3f}" if own else ""]
        cells += [best_in_time(d, rival) for rival in RIVALS]
        yield f"| {d} | " + " | ".join(cells) + " |"


if __name__ == "__main__":
    print("\n".join(equal_updates()), end="\n\n")
    print("\n".join(equal_time()))

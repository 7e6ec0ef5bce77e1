#!/usr/bin/env python3
"""table.py - the trials of results.tsv as a long Markdown table: of every row the
best rate, its loss in nats a byte (the mean of its seeds), and how far behind
backprop of the same seeds that is, held out and in the last fifth of the training.
A pattern chooses rows by their names.

    experiments/schedules/table.py ['rule/d8/muon']
"""
import math
import re
import sys

import results


def line(rows, row):
    found, gap = results.behind(rows, row)
    loss = "diverged" if math.isinf(found.loss) else f"{found.loss:.4f}"
    percent = "" if gap is None else f"{100 * gap:+.2f} %"
    lately = fresh.get(row) and results.behind(fresh, row)[1]
    recent = "" if lately is None else f"{100 * lately:+.2f} %"
    cells = [row.set, row.d, row.optimizer, row.schedule, row.remedy,
             f"{found.rate} ({found.tried})", len(found.seeds), loss, percent,
             recent]
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


rows = results.read()
fresh = results.read(results.LAST_FIFTH)
pattern = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
print("| set | D | optimizer | schedule, U | remedy | best rate (of) | seeds "
      "| loss | to backprop | last fifth |")
print("| --- " * 10 + "|")
for row in sorted(rows):
    name = f"{row.set}/d{row.d}/{row.optimizer}/{row.schedule}/{row.remedy}"
    if pattern.search(name):
        print(line(rows, row))

#!/usr/bin/env bash
# test_one_update_late.sh - README's file with eight blocks and no key of the
# schedule: no gradient is more than one update late, by the plan and by what a
# run on two ranks did.
. "$(dirname "$0")/expect.sh"
make_text
mv text.txt my.txt
awk '/^```yaml$/ { on = 1; next } /^```$/ { on = 0 } on' "$2/README.md" >mine.yaml
if grep -qE "schedule|update_every" mine.yaml; then exit 1; fi
keys="parallel.blocks=8 model.context=24 model.latents=12 model.width=16 model.heads=2"

expect 0 '"update_every": 7' "$sidle" plan mine.yaml --ranks 2 $keys --json
grep -qE '"delay": 1[,.]' said
"$sidle" plan mine.yaml --ranks 2 $keys run.updates=9 >said
# old: updates between an item's forward and its backward
awk '$1 == "block" && $2 == "rank" { for (i = 1; i <= NF; i++) if ($i == "old") at = i }
    at && $1 ~ /^[1-8]$/ && NF > at && !seen[$1]++ { n++; if ($at > 1) exit 1; sum += $at }
    END { if (n != 8 || sum != 7) exit 1 }' said

expect 0 "^updates: 9 of 7 items each, 28 rows" mpirun -n 2 "$sidle" train mine.yaml \
    $keys run.updates=9 log.trace=28 optim.warmup=2
grep -q "^  update_every: 7$" runs/mine/config.yaml
grep -q "^  predict: true$" runs/mine/config.yaml
command -v python3 >/dev/null || exit 0
python3 - runs/mine/trace.json <<'END'
import json, sys
spans = [e for e in json.load(open(sys.argv[1]))["traceEvents"] if e["ph"] == "X"]
most = {}
for block in range(1, 9):
    forward, updates = {}, 0
    mine = [e for e in spans if e["tid"] == block]
    for e in sorted(mine, key=lambda e: e["ts"]):
        item = e["args"]["item"]
        if e["cat"] == "forward":
            forward.setdefault(item, updates)
        elif e["cat"] == "update":
            updates += 1
        elif e["cat"] == "input gradient" and item in forward:
            most[block] = max(most.get(block, 0), updates - forward[item])
    assert updates >= 2, (block, updates)
# all that are late are one update late, and block 8 is not
assert most == {b: int(b < 8) for b in range(1, 9)}, most
END

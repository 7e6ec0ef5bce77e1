#!/usr/bin/env bash
# test_trace.sh - log.trace makes a file that Perfetto reads and tells how busy
# the ranks were; a stop writes it too, a resume writes a new one; off: none.
# timeout: 180
# label: once
. "$(dirname "$0")/expect.sh"
make_text

# a run of the same bits, with and without
for name in on off; do
    make_config $name
    sed -i 's/steps: 6/steps: 60, name: x/' $name.yaml
done
expect 0 "finished" mpirun -n 2 "$sidle" train off.yaml
[ ! -e off/trace.json ]
expect 0 "efficiency 0\.[0-9]+|efficiency 1\.0" \
    mpirun -n 2 "$sidle" train on.yaml log.trace=20
grep -qE "trace: on/trace.json shows 20 items from item 9 on" said
grep -qE "trace: rank 1 on host .*: forward [0-9.]+ %.*wait left" said
grep -qE "trace: block 4 on rank 1: [0-9.]+ s of work an item" said
[ ! -e on/trace.json.part ]
h5diff on/checkpoints/final.h5 off/checkpoints/final.h5 /model

# it is JSON, with all that was done to the items; figures are of ITEMS, if any:
# check FILE FIRST LAST BLOCKS ITEMS
check() {
    command -v python3 >/dev/null || return 0
    python3 - "$@" <<'END'
import json, sys
path, first, last, blocks, items = sys.argv[1], *map(int, sys.argv[2:])
t = json.load(open(path))
spans = [e for e in t["traceEvents"] if e["ph"] == "X"]
names = [e["args"]["name"] for e in t["traceEvents"] if "name" in e["args"]]
seen = {(e["tid"], e["cat"], e["args"]["item"]) for e in spans}
for item in range(first, last + 1):
    for block in range(1, blocks + 1):
        for cat in "forward", "input gradient", "weight gradient", "update":
            assert (block, cat, item) in seen, (block, cat, item)
assert any(n.startswith("rank 1 on host ") for n in names), names
assert "block %d" % blocks in names
threads = {}
for e in sorted(spans, key=lambda e: e["ts"]):
    assert e["dur"] >= 0 and e["ts"] >= threads.get((e["pid"], e["tid"]), 0)
    threads[e["pid"], e["tid"]] = e["ts"] + e["dur"] - 0.002
if items == 0:
    assert "otherData" not in t
    sys.exit()
other = t["otherData"]
assert other["first_item"] == first and other["last_item"] == last
assert other["items"] == items
assert abs(other["efficiency"] - other["reached"] / other["ideal"]) < 1e-9
END
}
grep -q "trace: items 9 to 28, without the checkpoints: " said
check on/trace.json 9 28 4 20
rm -r on
expect 0 "trace: items 9 to 28, without the checkpoints: " \
    mpirun -n 2 "$sidle" train on.yaml log.trace=20 parallel.schedule=delayed
check on/trace.json 9 28 4 20

# the rest of the run is shorter than what is asked for: all of it
make_config part
sed -i 's/steps: 6/steps: 100000/' part.yaml
start_ranks 2 "$sidle" train part.yaml log.trace=3000
until_true grep -q "step 60/" log
kill -USR1 "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { cat log; exit 1; }
grep -qE "trace: part/trace.json shows [0-9]+ items from item 9 on" log
cp part/trace.json old.json
step=$(sed -n 's/.*step-0*\([0-9]*\).h5 in.*/\1/p' log | tail -1)
expect 0 "trace: part/trace.json shows 5 items from item $((step + 1)) on" \
    mpirun -n 2 "$sidle" train part.yaml log.trace=3000 \
    run.steps=$((step + 5))
if cmp -s part/trace.json old.json; then exit 1; fi
check part/trace.json $((step + 1)) $((step + 5)) 4 0
grep -qE "no figures: .* to item $((step + 8)), .* after item $((step + 5))\$" said

# figures are of whole updates, and say of which items
make_config flushed
sed -i 's/steps: 6/steps: 30/' flushed.yaml
expect 0 "trace: items 9 to 20, without the checkpoints: .*efficiency" mpirun -n 2 "$sidle" train \
    flushed.yaml parallel.schedule=1f1b parallel.update_every=4 log.trace=10
grep -q "trace: flushed/trace.json shows 12 items from item 9 on" said
make_config whole
expect 0 "trace: items 1 to 6, with the pipe's filling and draining, without the checkpoints: " \
    mpirun -n 2 "$sidle" train whole.yaml log.trace=100
if grep "trace: rank 0 on host .*input/output 0.0 %" said; then exit 1; fi
make_config unsteady
expect 0 "no figures: .* to item 8, .* after item 6; log.trace=6 records all" \
    mpirun -n 2 "$sidle" train unsteady.yaml log.trace=2

make_config halted
sed -i 's/steps: 6/steps: 1000000/; s/every: 3}/every: 0}/' halted.yaml
start_ranks 2 "$sidle" train halted.yaml parallel.schedule=1f1b log.trace=1 \
    parallel.update_every=5000 checkpoint.best=false
until_true grep -qE "step 5[1-9]../" log # within the second update
kill -USR1 "$pid"
code=0
wait "$pid" || code=$?
[ "$code" -eq 75 ] || { cat log; exit 1; }
grep -qE "no figures: among the recorded items, up to item [0-9]+, there is no whole update" \
    log || { cat log; exit 1; }

# nothing is left to do but to drain: the picture of the run before stays
cp part/trace.json old.json
rm part/checkpoints/final.h5
expect 0 "trace: the run reached none of the items to record; part/trace.json is unchanged" \
    mpirun -n 2 "$sidle" train part.yaml log.trace=5 run.steps=$((step + 5))
cmp part/trace.json old.json

# a place that cannot be written to does not spoil the run
make_config blocked
mkdir -p blocked/trace.json
expect 0 "the trace was not written: .*trace.json" \
    "$sidle" train blocked.yaml log.trace=3

#!/usr/bin/env bash
# test_plan.sh - sidle plan: tables, pictures, and memory as train reserves it.
# timeout: 180
. "$(dirname "$0")/expect.sh"
make_text
make_config run

# said_line WORDS: a line of what the last command said, a grep -E pattern
said_line() {
    grep -qE -- "$1" said && return
    echo "FAIL: no \"$1\" in:" >&2
    cat said >&2
    exit 1
}

expect 0 "Usage: sidle plan .*CONFIG.yaml --ranks P" "$sidle" plan --help
expect 0 "  plan  " "$sidle" --help
expect 0 "s an item" "$sidle" plan run.yaml --ranks 2
said_line "4 blocks on 2 ranks, an update every 1 item"
said_line 'parallel\.partition=\[cross, self\.000, self\.001, final\]'
said_line "6 forwards, 6 backwards, 6 updates, 4 evaluations"
said_line "^ +0 1 to 2 "
said_line "^ +4 +1 +0 +1 +1 +1 +0 +0 .* final\$"
said_line "GFLOP/s \(a matrix product"
said_line "^block 4   items 1 to 6: receive activation k, forward k, input"
said_line "^block  4 .* F1 B1"
[ ! -e run ] # nothing was made

# schedules, updates and items shown
expect 0 "over the whole run" "$sidle" plan run.yaml --ranks 4 --items 3
said_line "the first 3 items"
expect 0 "from item [0-9]+ to" "$sidle" plan run.yaml --ranks 3 run.steps=100000 \
    parallel.update_every=3
said_line "33334 updates"
# 0: chosen by the schedule and the number of blocks
for rule in pipedream:3 delayed:6 gpipe:8 1f1b:8 zero-bubble:4 sideways:1; do
    expect 0 "4 blocks on 2 ranks, an update every ${rule#*:} item" "$sidle" plan \
        run.yaml --ranks 2 parallel.schedule=${rule%:*} parallel.update_every=0
done
expect 0 "3 blocks on 3 ranks, an update every 2 items" "$sidle" plan run.yaml \
    --ranks 3 parallel.blocks=0 parallel.update_every=0
for schedule in backprop gpipe 1f1b zero-bubble sideways sideways-1f1b delayed; do
    expect 0 "schedule +$schedule:" "$sidle" plan run.yaml --ranks 2 \
        parallel.schedule=$schedule
done
expect 0 "--svg FILE draws the plan of 120 blocks" "$sidle" plan run.yaml --ranks 60 \
    model.layers=130 parallel.blocks=120

# an update of more items than there are; gpipe has room for all of them
few="an update needs (8 items .*but only 6 are left|more items than the run has)"
expect 0 "$few" "$sidle" plan run.yaml --ranks 2 parallel.update_every=8
said_line "block 1 reserves memory for 4\$"
expect 0 "$few" "$sidle" plan run.yaml --ranks 2 parallel.schedule=gpipe \
    parallel.update_every=8
said_line "block 1 reserves memory for 8\$"
said_line "^ +1 +0 +8 +8 "
expect 0 "$few" "$sidle" train run.yaml --dry-run parallel.schedule=gpipe \
    parallel.update_every=8
# more than any machine has; those that fit are not warned of
much="will reserve [0-9.]+ GiB .*, and it has [0-9.]+ GiB of memory"
expect 0 "$much" "$sidle" train run.yaml --dry-run parallel.schedule=gpipe \
    parallel.update_every=1000000 data.batch=4096
expect 0 "$much" mpirun -n 3 "$sidle" train run.yaml --dry-run \
    parallel.schedule=gpipe parallel.update_every=1000000 data.batch=4096
[ "$(grep -cE "$much" said)" -eq 1 ] # a host, once
expect 0 "refused unless run.overcommit" "$sidle" train run.yaml --dry-run \
    model.context=1000000000 data.batch=1
expect 0 "all ranks together need [0-9.]+ GiB" "$sidle" plan run.yaml --ranks 2 \
    model.context=1000000000 data.batch=1
for positions in rotary sinusoidal learned; do # and refused before any of it
    expect 64 "$much .*bytes.*run.overcommit: true starts" "$sidle" train \
        run.yaml model.context=1000000000 data.batch=1 model.positions=$positions
done
expect 64 "run.overcommit: true starts" "$sidle" bench tick run.yaml \
    model.context=1000000000 data.batch=1
expect 64 "the ranks on .* $much" mpirun -n 2 "$sidle" train run.yaml \
    model.context=100000000 data.batch=20
expect 0 "F6" "$sidle" train run.yaml --dry-run parallel.schedule=gpipe \
    parallel.update_every=6
lacks "$much" said
expect 0 "6 backwards, 1 update," "$sidle" plan run.yaml --ranks 2 \
    parallel.schedule=gpipe parallel.update_every=6
lacks "$few" said

# before there are any data
expect 0 "\"gone.txt\"\) do not exist yet" "$sidle" plan run.yaml --ranks 2 \
    data.path=gone.txt
said_line "6 forwards, 6 backwards, 6 updates\$"
: >empty.txt # what is there, but no good, is told
expect 65 "empty" "$sidle" plan run.yaml --ranks 2 data.path=empty.txt

# measured units, and a partition for pasting
expect 0 "evaluations and saves are not included" "$sidle" plan run.yaml --ranks 2
expect 0 "measured on this machine" "$sidle" plan run.yaml --ranks 2 --measure \
    parallel.blocks=2
for unit in cross self.000 self.001 final; do
    said_line "^$unit +[0-9.]+ +[0-9.]+ +[0-9.]+ +[0-9.]+\$"
done
said_line "^an item of 2 rows: [0-9.]+ GFLOP/s; with 8 rows, [0-9.]+ GFLOP/s"
list=$(sed -n 's/^the best partition .*\(parallel.partition=\[.*\]\).*/\1/p' said)
expect 0 "2 blocks on 2 ranks" "$sidle" plan run.yaml --ranks 2 "$list" \
    parallel.blocks=2

# pictures and timelines
expect 0 "" "$sidle" plan run.yaml --ranks 2 --svg plan.svg --trace trace.json
grep -q '<svg xmlns="http://www.w3.org/2000/svg"' plan.svg
grep -q '>weight gradient<' plan.svg
# its title names the time that the text names: a short run has no full pipe
grep -q "idle .* over the whole run" said
grep -q "ranks idle [0-9.]* % over the whole run<" plan.svg
expect 0 "idle .* from item [0-9]+ to " "$sidle" plan run.yaml --ranks 2 \
    run.steps=1000 --svg long.svg
grep -q "ranks idle [0-9.]* % once the pipe is full<" long.svg
[ "$(tail -n 1 plan.svg)" = "</svg>" ]
[ "$(grep -c '"name":"forward [0-9]*"' trace.json)" -eq 24 ]
grep -q '"name":"update [0-9]*",.*"pid":1,"tid":4' trace.json
grep -q '"args":{"name":"block 3"}' trace.json
expect 74 "nowhere/a.svg: cannot be written: No such file" "$sidle" plan run.yaml \
    --ranks 2 --svg nowhere/a.svg
expect 74 "/dev/full: cannot be written: No space" "$sidle" plan run.yaml \
    --ranks 2 --svg /dev/full
expect 74 "nowhere/a.json: cannot be written" "$sidle" plan run.yaml --ranks 2 \
    --trace nowhere/a.json

# JSON, and nothing else on standard output
"$sidle" plan run.yaml --ranks 3 --json --svg plan.svg >plan.json
for key in schedule blocks ranks partition per_rank per_block bytes idle \
    seconds_per_item flops head_start kept versions stashes; do
    grep -q "\"$key\"" plan.json
done
if command -v python3 >/dev/null && python3 -c 'import json' 2>/dev/null; then
    python3 - <<'END'
import json
plan = json.load(open("plan.json"))
trace = json.load(open("trace.json"))
assert plan["blocks"] == 4 and plan["ranks"] == 3 and plan["steps"] == 6
assert plan["partition"] == ["cross", "self.000", "self.001", "final"]
owned = [b for r in plan["per_rank"] for b in r["blocks"]]
assert owned == [1, 2, 3, 4]
for rank in plan["per_rank"]:
    parts = dict(rank["bytes"])
    assert parts.pop("total") == sum(parts.values()) > 0
    work = sum(1 - plan["per_block"][b - 1]["idle"] for b in rank["blocks"])
    assert abs(1 - work - rank["idle"]) < 1e-9
assert [b["head_start"] for b in plan["per_block"]] == [3, 2, 1, 0]
assert sum(r["parameters"] for r in plan["per_rank"]) == plan["parameters"]
assert abs(sum(r["idle"] for r in plan["per_rank"]) / 3 - plan["idle"]) < 1e-9
# one thing at a time in every rank
until = {}
for e in sorted((e for e in trace["traceEvents"] if e["ph"] == "X"),
                key=lambda e: e["ts"]):
    assert e["ts"] >= until.get(e["pid"], 0) - 0.01
    until[e["pid"]] = e["ts"] + e["dur"]
assert sorted(until) == [0, 1]
END
fi

"$sidle" plan run.yaml --ranks 2 --json --measure >measured.json
for key in rows flops_per_second larger_rows larger_flops_per_second is_low; do
    grep -qE "^    \"$key\": [0-9a-z.]+" measured.json
done
lacks item_speed plan.json

# mistakes
expect 64 "no configuration is given" "$sidle" plan --ranks 2
expect 64 "the number of ranks is missing: --ranks P" "$sidle" plan run.yaml
expect 64 "--ranks is none, expected an integer, 1 to" "$sidle" plan run.yaml --ranks none
expect 64 "--items is 0, expected an integer, 1 to" "$sidle" plan run.yaml --ranks 1 --items 0
expect 64 "--items is 10001, expected at most 10000" "$sidle" plan run.yaml --ranks 1 --items 10001
expect 64 "5 ranks for 4 blocks" "$sidle" plan run.yaml --ranks 5
expect 64 "--ranks 5000: at most 1024" "$sidle" plan run.yaml --ranks 5000
expect 64 "not key=value" "$sidle" plan run.yaml --ranks 2 other.yaml
expect 64 "unrecognized option" "$sidle" plan run.yaml --ranks 2 --colour
expect 64 "optim.1r.*optim.lr" "$sidle" plan run.yaml --ranks 2 optim.1r=1
expect 74 "missing.yaml.*No such file" "$sidle" plan missing.yaml --ranks 2

# what train reserves is what was predicted, at any number of ranks
for schedule in pipedream sideways zero-bubble; do
    for ranks in 1 3; do
        expect 0 "finished" mpirun -n $ranks "$sidle" train run.yaml --resume never \
            run.dir=run-$schedule-$ranks parallel.schedule=$schedule
        [ "$(grep -cE 'memory of rank [0-9]+: ([0-9.]+) MiB predicted, \1 MiB reserved, at most [0-9]+ MiB resident' said)" -eq $ranks ]
    done
done
"$sidle" plan run.yaml --ranks 3 parallel.schedule=zero-bubble >said
total=$(sed -nE 's/^ +2 [0-9]+ +[0-9.]+ +([0-9.]+) .*/\1/p' said)
grep -q "memory of rank 2: $total MiB predicted" run-zero-bubble-3/train.log

# --ranks counts those of one replica
expect 0 "4 blocks on 2 ranks" "$sidle" plan run.yaml --ranks 2 parallel.replicas=2
total=$(sed -nE 's/^ +1 3 to 4 +[0-9.]+ +([0-9.]+) .*/\1/p' said)
expect 0 "finished" mpirun -n 4 "$sidle" train run.yaml --resume never \
    run.dir=replicas parallel.replicas=2
for rank in 1 3; do
    said_line "memory of rank $rank: $total MiB predicted, $total MiB reserved"
done

#!/usr/bin/env bash
# test_patience.sh - a rank that is stopped while the others wait inside of MPI,
# in a start, in a save of every mode, at the end: they say for whom, and the run
# ends with 70; nothing that was saved is lost. A start and a save that are
# stopped as a whole go on afterwards.
# timeout: 300
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6,/steps: 100000, patience: 2,/; s/every: 3}/every: 1, keep: 2}/; s/width: 16/width: 96/; s/items: 2/items: 1/; s/every: 3,/every: 0,/' run.yaml
head -c 50000000 /dev/zero | tr '\0' a >large.txt

pid=
stop_all() { [ -z "$pid" ] || kill -9 "$pid" $(cat pid.* 2>/dev/null) 2>/dev/null || true; }
trap stop_all EXIT

# stop_at RANK FILE: when that rank has such a file open.
stop_at() {
    local rank=$1 end=$((SECONDS + patience))
    until_true test -s "pid.$rank"
    until compgen -G "/proc/$(cat "pid.$rank")/fd/*" |
        xargs -r readlink 2>/dev/null | grep -q "$2"; do
        kill -0 "$pid"
        [ $SECONDS -lt $end ] || { echo "FAIL: $2 is never open"; exit 1; }
    done
    kill -STOP "$(cat "pid.$rank")"
}
# ends WORDS: the others give up, and say so.
ends() {
    local code=0
    timeout 60 tail -s 0.05 --pid="$pid" -f /dev/null ||
        { echo "FAIL: it hangs"; cat log; exit 1; }
    wait "$pid" || code=$?
    pid=
    kill -KILL $(cat pid.*) 2>/dev/null || true
    [ "$code" -eq 70 ] || { echo "ended with $code, not 70"; cat log; exit 1; }
    grep -qE "$1" log || { echo "FAIL: no \"$1\""; cat log; exit 1; }
    grep -q "the run goes on from its last checkpoint" log
}

echo "a start: rank 1 reads its data"
start_ranks 3 "$sidle" train run.yaml data.path=large.txt run.dir=large
stop_at 1 large.txt
ends "rank 0 on host .*: waited for [0-9]+ s \(run.patience\) in MPI_Recv, in the start, for rank 1: it hangs or was stopped"

echo "a start: rank 0"
# in which call depends on where the stop hits rank 0
start_ranks 3 "$sidle" train run.yaml data.path=large.txt run.dir=large
stop_at 0 large.txt
ends "rank [12] on host .*: waited for [0-9]+ s \(run.patience\) in MPI_[A-Z][a-z]+, in the start, for another rank"

echo "a start that is stopped as a whole"
start_ranks 2 "$sidle" train run.yaml data.path=large.txt run.dir=whole run.steps=2
stop_at 0 large.txt
kill -STOP "$(cat pid.1)"
sleep 6
kill -CONT "$(cat pid.0)" "$(cat pid.1)"
wait "$pid" || { cat log; exit 1; }
pid=

# in_save RANK WORDS [key=value ...]: that rank is stopped in a save of run.
in_save() {
    local rank=$1 words=$2
    shift 2
    start_ranks 3 "$sidle" train run.yaml "$@"
    until_true grep -qs "^saved " log
    stop_at "$rank" '\.step-.*\.tmp'
    ends "waited for [0-9]+ s \(run.patience\) in .*, in a save, for $words"
    expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5
}
echo "a save by all ranks"
in_save 1 "(rank 1|another rank)" checkpoint.mode=independent
echo "a save by rounds of MPI-IO"
in_save 1 "(rank 1|another rank)" checkpoint.mode=collective
echo "a save by rank 0"
in_save 0 "another rank" checkpoint.mode=funnel

echo "the end"
start_ranks 2 "$sidle" train run.yaml run.dir=end run.steps=3 checkpoint.every=0
stop_at 1 '\.final.*\.tmp'
ends "rank 0 .*in a save, for rank 1"
expect 0 "every checksum" "$sidle" verify end/checkpoints/latest.h5

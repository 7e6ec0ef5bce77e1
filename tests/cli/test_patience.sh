#!/usr/bin/env bash
# test_patience.sh - a rank that is stopped while the others wait inside of MPI,
# in a start, in a save of every mode, at the end: they say for whom, and the run
# ends with 70; nothing that was saved is lost. A start and a save that are
# stopped as a whole go on afterwards.
# timeout: 300
# label: once
# alone: others on the same cores would take its seconds
. "$(dirname "$0")/expect.sh"

pid=
stop_all() { [ -z "$pid" ] || kill -9 "$pid" $(cat pid.* 2>/dev/null) 2>/dev/null || true; }

# has_open RANK FILE: open, or mapped
has_open() {
    if [[ "$(cat "/proc/$(cat "pid.$1")/maps" 2>/dev/null)" == *"$2"* ]]; then return 0; fi
    compgen -G "/proc/$(cat "pid.$1")/fd/*" | xargs -r readlink 2>/dev/null |
        grep "$2" >/dev/null
}
is_stopped() { grep -q "^State:.T" "/proc/$(cat "pid.$1")/status"; }

# stop_at RANK FILE: while that rank has such a file open; 1: the run ended first.
stop_at() {
    until_true test -s "pid.$1"
    while kill -0 "$pid" 2>/dev/null; do
        has_open "$1" "$2" || continue
        kill -STOP "$(cat "pid.$1")"
        until_true is_stopped "$1"
        if has_open "$1" "$2"; then return 0; fi
        kill -CONT "$(cat "pid.$1")" # too late
    done
    return 1
}
# Of a file of data: before rank 0 has told of them, which is in the start still.
is_early() { [ "$1" != large.txt ] || ! grep -qs "^data: " log; }
# start_until RANK FILE FOLDER ...: start_ranks anew until that rank was stopped.
start_until() {
    local rank=$1 file=$2 folder=$3
    shift 3
    for _ in $(seq 20); do
        rm -rf "$folder"
        start_ranks "$@" run.dir="$folder"
        if stop_at "$rank" "$file"; then
            if is_early "$file"; then return; fi
            kill -CONT "$(cat "pid.$rank")"
        fi
        wait "$pid" || true
    done
    echo "FAIL: $file is never open for long enough" && exit 1
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
    grep -q "the run continues from its last checkpoint" log
}

starts() {
    echo "a start: rank 1 has its data"
    start_until 1 large.txt large 3 "$sidle" train run.yaml data.path=large.txt run.steps=2
    # in which call of the start depends on where the stop hits it
    ends "rank [02] on host .*: waited for [0-9]+ s \(run.patience\) in MPI_[A-Z][a-z]+, in the start, for (rank 1|another rank).*: it hangs or was stopped"

    echo "a start: rank 0"
    # in which call depends on where the stop hits rank 0
    start_until 0 large.txt large 3 "$sidle" train run.yaml data.path=large.txt run.steps=2
    ends "rank [12] on host .*: waited for [0-9]+ s \(run.patience\) in MPI_[A-Z][a-z]+, in the start, for another rank"

    echo "a start that is stopped as a whole"
    start_until 0 large.txt whole 2 "$sidle" train run.yaml data.path=large.txt run.steps=2
    kill -STOP "$(cat pid.1)"
    sleep 6
    kill -CONT "$(cat pid.0)" "$(cat pid.1)"
    wait "$pid" || { cat log; exit 1; }
    pid=
}

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
saves() {
    echo "a save by all ranks"
    in_save 1 "(rank 1|another rank)" checkpoint.mode=independent
    echo "a save by rounds of MPI-IO"
    in_save 1 "(rank 1|another rank)" checkpoint.mode=collective
    echo "a save by rank 0"
    in_save 0 "another rank" checkpoint.mode=funnel
}

end() {
    echo "the end"
    start_until 1 '\.final.*\.tmp' end 2 "$sidle" train run.yaml run.steps=3 checkpoint.every=0
    ends "rank 0 .*in a save, for rank 1"
    expect 0 "every checksum" "$sidle" verify end/checkpoints/latest.h5
}

# Nearly all of its time each part waits for somebody who lost patience: three
# at once, each in a folder of its own.
group() {
    trap stop_all EXIT
    mkdir "$1" && cd "$1"
    make_text
    make_config run
    sed -i 's/steps: 6,/steps: 100000, patience: 2,/; s/every: 3}/every: 1, keep: 2}/; s/width: 16/width: 96/; s/items: 2/items: 1/; s/every: 3,/every: 0, at_end: false,/' run.yaml
    head -c 25000000 /dev/zero | tr '\0' a >large.txt
    "$1"
}
declare -A at
for name in starts saves end; do
    group $name >$name.said 2>&1 &
    at[$name]=$!
done
failed=
for name in starts saves end; do
    wait "${at[$name]}" || failed+=" $name"
    cat $name.said
done
[ -z "$failed" ] || { echo "FAIL:$failed"; exit 1; }

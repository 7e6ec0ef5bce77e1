#!/usr/bin/env bash
# test_batch_signals.sh - what batch systems and terminals send ends a run with a
# checkpoint and 75, and says so once; a reader that leaves ends nothing.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 1000000/; s/every: 3}/every: 0}/; s/every: 3,/every: 0,/; s/every: 2}/every: 20}/' run.yaml

pid=
stop_all() { [ -z "$pid" ] || kill -9 "$pid" $(cat pid.* 2>/dev/null) 2>/dev/null || true; }
trap stop_all EXIT

# begin COMMAND...: alone, until it has reported
begin() {
    rm -f log
    "$@" >log 2>&1 &
    pid=$!
    until_true grep -qs "^step [0-9]*/" log
}
# ends CODE SIGNAL
ends() {
    local code=0
    wait "$pid" || code=$?
    pid=
    [ "$code" -eq "$1" ] || { echo "FAIL: $2: ended with $code, not $1"; cat log; exit 1; }
}
# told SIGNAL: why it stopped, once
told() {
    [ "$(grep -c "^stop: " log)" -eq 1 ]
    grep -q "^stop: SIG$1[,( ].*sent by process [0-9]" log
    grep -q "stop: SIG$1[,( ].*sent by process [0-9]" run/train.log
    [ ! -e run/checkpoints/final.h5 ]
    expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5
}

for signal in HUP USR2 XCPU; do
    begin "$sidle" train run.yaml
    kill -$signal "$pid"
    ends 75 $signal
    told $signal
done

# in the set-up, as soon as there is a process that listens; to another rank
start_ranks 3 "$sidle" train run.yaml
until_true test -s pid.2
listens() {
    [ "$(cat "/proc/$(cat pid.2)/comm")" = sidle ] &&
        grep -q "^SigCgt:.*[13579bdf]$" "/proc/$(cat pid.2)/status" # 1
}
until_true listens
kill -HUP "$(cat pid.2)"
ends 75 HUP
told HUP

# ignored at the start (nohup): it stays so
begin bash -c 'trap "" HUP XCPU; exec "$@"' - "$sidle" train run.yaml
kill -HUP "$pid"
kill -XCPU "$pid"
kill -USR2 "$pid"
ends 75 USR2
told USR2

# a run that does not want to be asked
for signal in HUP:129 USR2:140; do
    begin "$sidle" train run.yaml checkpoint.on_signal=false
    kill -${signal%:*} "$pid"
    ends ${signal#*:} ${signal%:*}
done

# the reader of its words leaves
last=$(basename "$(readlink run/checkpoints/latest.h5)" .h5)
last=$((10#${last#step-} + 2000))
("$sidle" train run.yaml run.steps=$last 2>&1; echo $? >code) | head -n 1 >first
[ "$(cat code)" -eq 0 ] || { echo "FAIL: ended with $(cat code)"; exit 1; }
grep -q "finished: " run/train.log

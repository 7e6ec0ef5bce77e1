#!/usr/bin/env bash
# test_stop_unsaved.sh - a stop whose save fails is tried three times, a second
# apart: with room by then it is a stop as any other; else 74 with words, and the
# same command goes on from the checkpoint before.
# timeout: 120
. "$(dirname "$0")/../cli/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 1000000/; s/{every: 3}/{every: 0, at_start: true}/
    s/eval: .*/eval: {every: 0}/; s/log: .*/log: {every: 100}/' run.yaml
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" $(cat pid.*) 2>/dev/null || true' EXIT

limit() {
    for rank in 0 1; do
        prlimit --pid "$(cat pid.$rank)" --fsize="$1"
    done
}
begin() {
    start_ranks 2 "$sidle" train run.yaml
    until_true grep -qs "^step [0-9]*00/" log
    limit 0:unlimited
    kill -USR1 "$pid"
}
ends() {
    local code=0
    wait "$pid" || code=$?
    pid=
    [ "$code" -eq "$1" ] || { echo "ended with $code, not $1"; cat log; exit 1; }
}

echo "no room"
begin
ends 74
grep -q "was not saved (older ones are unharmed).*File too large" log
grep -q "^sidle: .*three tries to save it failed .*the same command continues from step 0" log
expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5

echo "room before the second try"
begin
sleep 0.5
limit unlimited:unlimited
ends 75
grep -q "resuming from run/checkpoints/step-00000000.h5" log
lacks "was not saved" log
expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5
[ "$(readlink run/checkpoints/latest.h5)" != step-00000000.h5 ]

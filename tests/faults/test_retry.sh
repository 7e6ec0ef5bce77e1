#!/usr/bin/env bash
# test_retry.sh - a drill: a save that fails is tried again long before the next
# regular one, each time later, and once there is room it works.
# timeout: 300
# label: drill
. "$(dirname "$0")/../cli/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 1000000000/; s/{every: 3}/{every: 0, minutes: 1}/
    s/eval: .*/eval: {every: 0}/; s/log: .*/log: {every: 100}/' run.yaml
start_ranks 2 "$sidle" train run.yaml
trap 'kill "$pid" 2>/dev/null || true' EXIT
until_true grep -qs "step 100/" log
limit() {
    for rank in 0 1; do
        prlimit --pid "$(cat pid.$rank)" --fsize="$1"
    done
}
limit 0:unlimited

# at SECONDS WORDS: they stand in the log, but not much earlier.
at() {
    local until=$((SECONDS + $1))
    while [ $SECONDS -lt $((until - 2)) ]; do
        ! grep -qE "$2" log || { echo "too early: $2"; cat log; exit 1; }
        sleep 0.5
    done
    until_true grep -qE "$2" log
}
# The minute counts from the start of the run, a little after that of the test.
patience=90
until_true grep -qE "was not saved .*next try comes within 10 s.*File too large" log
at 10 "was not saved .*the next try comes within 20 s.*File too large"
limit unlimited:unlimited
at 20 "saved run/checkpoints/step-[0-9]+.h5"
kill -USR1 "$pid"
code=0
wait "$pid" || code=$?
trap - EXIT
[ $code -eq 75 ] || { echo "ended with $code"; cat log; exit 1; }
expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5

#!/usr/bin/env bash
# test_watchdog.sh - a rank that is stopped does not hang the others: the one
# that waits says for what and for whom, and the run ends with 70. A run that is
# stopped as a whole, as by a batch system, goes on afterwards.
# timeout: 90
# label: once
# alone: others on the same cores would take its seconds
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6,/steps: 100000, patience: 2,/; s/every: 3}/every: 0, best: false}/' run.yaml

# no saves: a rank that is stopped in one is told of by another watch
start_ranks 2 "$sidle" train run.yaml
until_true grep -q "step 40/" log
kill -STOP "$(cat pid.1)"
sleep 0.5 # until rank 0 waits
kill -STOP "$(cat pid.0)"
sleep 4
n=$(grep -c "^step" log)
kill -CONT "$(cat pid.0)" "$(cat pid.1)"
goes_on() { [ "$(grep -c "^step" log)" -gt $((n + 2)) ]; }
until_true goes_on
kill -STOP "$(cat pid.1)"
code=0
wait "$pid" || code=$?
kill -KILL "$(cat pid.1)" 2>/dev/null || true
[ "$code" -eq 70 ] || { echo "ended with $code"; cat log; exit 1; }
grep -qE "rank 0 on host .*nothing was received for .* s \(run.patience\): .*block 2 waits in the (forward|backward|evaluation) of item [0-9]+ for .*, block 3 \(rank 1 on host .*\)" log ||
    { cat log; exit 1; }
grep -q "last checkpoint" log

# Of three ranks the first is stopped: the third waits for the second, which
# says in its turn that it waits for the first. The third loses patience later:
# time in which it was stopped itself does not count.
make_config chain
sed -i 's/steps: 6,/steps: 100000, patience: 2,/; s/every: 3}/every: 0, best: false}/' \
    chain.yaml
start_ranks 3 "$sidle" train chain.yaml
until_true grep -q "step 40/" log
kill -STOP "$(cat pid.0)"
sleep 0.5 # until the others wait
kill -STOP "$(cat pid.2)"
sleep 1
kill -CONT "$(cat pid.2)"
code=0
wait "$pid" || code=$?
kill -KILL "$(cat pid.0)" 2>/dev/null || true
[ "$code" -eq 70 ] || { echo "ended with $code"; cat log; exit 1; }
for rank in 1 2; do
    grep -qE "rank $rank on host .*nothing was received for .* \(rank $((rank - 1)) on host .*\); examine the rank that it waits for \(if that rank waits as well" log ||
        { cat log; exit 1; }
done

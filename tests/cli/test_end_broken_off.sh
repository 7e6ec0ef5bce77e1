#!/usr/bin/env bash
# test_end_broken_off.sh - a wish to stop that comes while a finished run
# evaluates ends it within moments, with 0: the run is there.
# timeout: 120
. "$(dirname "$0")/expect.sh"
seq 1 400000 >text.txt
make_config run

keys="data.valid_fraction=0.9 run.steps=1 eval.every=0 eval.stride=1"
is_evaluating() { grep -q "evaluating all of the held-out part" log; }

"$sidle" train run.yaml $keys >log 2>&1 &
pid=$!
until_true is_evaluating
kill -TERM $pid
code=0
wait $pid || code=$?
[ $code -eq 0 ] || { cat log; exit 1; }
grep -q "warning: the evaluation at the end was interrupted: the run is finished" log
grep -q "finished: run/checkpoints/final.h5, train loss [0-9.]*$" log
[ ! -e run/final.json ]
expect 0 "this run is finished" "$sidle" train run.yaml $keys

# any rank; and the file "stop"
rm -rf run
start_ranks 3 "$sidle" train run.yaml $keys
until_true is_evaluating
kill -USR1 "$(cat pid.2)"
code=0
wait $pid || code=$?
ended_well $code || { cat log; exit 1; }
grep -q "interrupted: the run is finished" log
rm -rf run
start_ranks 2 "$sidle" train run.yaml $keys
until_true is_evaluating
touch run/stop
code=0
wait $pid || code=$?
ended_well $code || { cat log; exit 1; }
grep -q "interrupted: the run is finished" log
[ ! -e run/stop ]

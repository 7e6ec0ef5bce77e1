#!/usr/bin/env bash
# test_keep.sh - which checkpoints stay: the newest, and those of every so many
# items, which are never removed.
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
expect 0 "final.h5" mpirun -n 2 "$sidle" train run.yaml run.steps=21 \
    checkpoint.every=2 checkpoint.keep=2 checkpoint.keep_every=6
[ "$(ls -A run/checkpoints | tr '\n' ' ')" = "best.h5 final.h5 latest.h5 \
step-00000006.h5 step-00000012.h5 step-00000018.h5 step-00000020.h5 \
step-00000021.h5 " ]
[ "$(readlink run/checkpoints/latest.h5)" = step-00000021.h5 ]

# another rule on the next start holds from its first checkpoint on
expect 0 "final.h5" mpirun -n 2 "$sidle" train run.yaml run.steps=24 \
    checkpoint.every=0 checkpoint.keep=1 checkpoint.keep_every=12
[ "$(ls -A run/checkpoints | tr '\n' ' ')" = "best.h5 final.h5 latest.h5 \
step-00000012.h5 step-00000024.h5 " ]

# one before the first item, on demand
expect 0 "step-00000000" "$sidle" train run.yaml run.dir=other \
    checkpoint.at_start=true
[ -e other/checkpoints/step-00000000.h5 ]

# The step file of the last item cannot be saved: tried again, then said; the
# drained end is there all the same, and the next start makes up for it.
make_config end
start_ranks 2 "$sidle" train end.yaml run.steps=1500 checkpoint.every=500 eval.every=0
until_true test -e end/checkpoints/step-00000500.h5
mkdir -p end/checkpoints/step-00001500.h5/in-the-way
code=0
wait "$pid" || code=$?
[ $code -eq 74 ] || { cat log; exit 1; }
grep -q "the checkpoint of step 1500 was not saved" log
grep -q "the step file of the last item is missing" log
expect 0 "every checksum" "$sidle" verify end/checkpoints/final.h5
rm -r end/checkpoints/step-00001500.h5
expect 0 "resuming from .*step-00001000.h5" mpirun -n 2 "$sidle" train end.yaml \
    run.steps=1500 checkpoint.every=500 eval.every=0
expect 0 "this run is finished" "$sidle" train end.yaml run.steps=1500

# where latest.h5 cannot be made, that is said, and pruning goes on
make_config link
expect 0 "finished" "$sidle" train link.yaml checkpoint.every=1 checkpoint.keep=2
rm link/checkpoints/latest.h5
mkdir link/checkpoints/latest.h5
expect 0 "cannot make .*latest.h5" "$sidle" train link.yaml run.steps=10 \
    checkpoint.every=1 checkpoint.keep=2
[ "$(ls link/checkpoints | grep -c '^step-')" -eq 2 ]

# a large number keeps all; no number loses its upper half, nor a product of
# numbers (2^64 + 1 windows are all, not one)
make_config all
for keep in 2147483648 1e15; do
    rm -rf all
    expect 0 "finished" "$sidle" train all.yaml eval.every=0 checkpoint.every=2 \
        checkpoint.keep=$keep
    [ "$(ls all/checkpoints | grep -c '^step-')" -eq 3 ]
done
rm -rf all
expect 0 "finished" "$sidle" train all.yaml eval.items=1e6
cp all/metrics.csv metrics.csv
rm -rf all
expect 0 "finished" "$sidle" train all.yaml eval.items=67280421310721 \
    eval.batch=274177
[ "$(grep -o 'valid loss [0-9.]*' said | tail -n 1)" = "$(
    awk -F, 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "valid_loss") at = i }
        $at ~ /[0-9]/ { last = $at } END { printf "valid loss %.4f\n", last }' \
        metrics.csv)" ]

#!/usr/bin/env bash
# test_stop.sh - a wish to stop ends a run with a checkpoint and 75, and what
# goes on from there has the bits of a run that nothing happened to.
# timeout: 180
. "$(dirname "$0")/expect.sh"
make_text
for name in whole signal limit; do
    make_config $name
    sed -i 's/steps: 6/steps: 400/; s/every: 3}/every: 100}/; s/seed: 3/seed: 3, name: x/; s/warmup: 2/warmup: 2, decay: constant/' $name.yaml
done
mpirun -n 2 "$sidle" train whole.yaml >/dev/null 2>&1

# the same arrays, whatever the run is called
same() {
    h5diff "$1" "$2" /model && h5diff "$1" "$2" /optimizer
}

mpirun -n 2 "$sidle" train signal.yaml >log 2>&1 &
pid=$!
until grep -q "step 20/" log 2>/dev/null; do
    kill -0 $pid || { cat log; exit 1; }
    sleep 0.05
done
kill -USR1 $pid
code=0
wait $pid || code=$?
[ $code -eq 75 ] || { echo "stopped with $code"; cat log; exit 1; }
[ ! -e signal/checkpoints/final.h5 ]
"$sidle" verify signal/checkpoints/latest.h5
expect 0 "going on from" mpirun -n 3 "$sidle" train signal.yaml
same whole/checkpoints/final.h5 signal/checkpoints/final.h5

# a signal that comes before the first item, while the run is set up
make_config early
sed -i 's/steps: 6/steps: 100000/' early.yaml
"$sidle" train early.yaml >log 2>&1 &
pid=$!
until_true test -e early/train.log
kill -USR1 $pid
code=0
wait $pid || code=$?
[ $code -eq 75 ] || { echo "stopped early with $code"; cat log; exit 1; }
"$sidle" verify early/checkpoints/latest.h5

# a run that does not want to be asked dies of the signal
"$sidle" train early.yaml checkpoint.on_signal=false >log 2>&1 &
pid=$!
until_true grep -q "step 20/" log
kill -TERM $pid
code=0
wait $pid || code=$?
[ $code -eq 143 ] || { echo "died with $code"; cat log; exit 1; }

# a file named stop; it is removed when it is obeyed
mkdir -p limit
mpirun -n 2 "$sidle" train limit.yaml >log 2>&1 &
pid=$!
until grep -q "step 20/" log 2>/dev/null; do
    kill -0 $pid || { cat log; exit 1; }
    sleep 0.05
done
touch limit/stop
code=0
wait $pid || code=$?
# a fast machine may have been at the end already
if [ $code -ne 0 ]; then
    [ $code -eq 75 ] || { echo "stopped with $code"; cat log; exit 1; }
    [ ! -e limit/stop ]
    expect 0 "going on from" "$sidle" train limit.yaml
fi
same whole/checkpoints/final.h5 limit/checkpoints/final.h5

# another optimizer on the way: said, and its state begins from zero
expect 0 "changed: optim.kind from adamw to sgd" "$sidle" train whole.yaml \
    run.steps=410 optim.kind=sgd optim.lr=0.01
# and plain SGD may get a momentum
expect 0 "changed: optim.momentum from 0 to 0.9" "$sidle" train whole.yaml \
    run.steps=414 optim.kind=sgd optim.lr=0.01 optim.momentum=0.9

# going on from an older step by its name: the newer ones are told
make_config branch
"$sidle" train branch.yaml >/dev/null 2>&1
expect 0 "also holds step-00000006.h5, which is newer" "$sidle" train \
    branch.yaml --resume branch/checkpoints/step-00000003.h5
# from its first save on they are by the way: a stop on the branch is no end of
# it, and nothing is lost
checksums branch/checkpoints/left-00000006.h5 >left
checksums branch/checkpoints/step-00000006.h5 | cmp - left
"$sidle" train branch.yaml run.steps=60 checkpoint.keep=99 >/dev/null 2>&1
touch branch/stop
expect 75 "left-\*.h5" "$sidle" train branch.yaml run.steps=900 optim.lr=1e-4 \
    --resume branch/checkpoints/step-00000006.h5 checkpoint.every=0
grep -q "the same command with --resume auto goes on" said
[ -e branch/checkpoints/left-00000060.h5 ]
step=$(readlink branch/checkpoints/latest.h5)
[ "$step" \< step-00000060.h5 ]
expect 75 "going on from .*/$step" bash -c 'touch branch/stop
    exec "$@"' - "$sidle" train branch.yaml run.steps=900 optim.lr=1e-4
# a second branch from the same place takes no name of the first
touch branch/stop
expect 75 "left-\*.h5" "$sidle" train branch.yaml run.steps=900 \
    --resume branch/checkpoints/step-00000006.h5 checkpoint.every=0
ls branch/checkpoints | grep -q '^left-0000000[7-9].h5$'

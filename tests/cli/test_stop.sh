#!/usr/bin/env bash
# test_stop.sh - a wish to stop ends a run with a checkpoint and 75, and what
# goes on from there has the bits of a run that nothing happened to.
# timeout: 180
# label: once
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
expect 0 "resuming from" mpirun -n 3 "$sidle" train signal.yaml
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
    expect 0 "resuming from" "$sidle" train limit.yaml
fi
same whole/checkpoints/final.h5 limit/checkpoints/final.h5

# another optimizer on the way: said, and its state begins from zero
expect 0 "changed: optim.kind from adamw to sgd" "$sidle" train whole.yaml \
    run.steps=410 optim.kind=sgd optim.lr=0.01
# and plain SGD may get a momentum
expect 0 "changed: optim.momentum from 0(\.0)? to 0.9" "$sidle" train whole.yaml \
    run.steps=414 optim.kind=sgd optim.lr=0.01 optim.momentum=0.9

# resuming from an older step by its name: the newer ones are told
make_config branch
"$sidle" train branch.yaml >/dev/null 2>&1
expect 0 "also holds step-00000006.h5, which is newer" "$sidle" train \
    branch.yaml --resume branch/checkpoints/step-00000003.h5
# from its first save on they have other names, the end too: a stop on the branch
# is no end of it, and nothing is lost
there() { [ -e "branch/checkpoints/$1" ] || { echo "FAIL: no $1" >&2; ls branch/checkpoints; exit 1; }; }
checksums branch/checkpoints/left-00000006.h5 >left
checksums branch/checkpoints/step-00000006.h5 | cmp - left
there left-final.h5
"$sidle" train branch.yaml run.steps=60 checkpoint.keep=99 >/dev/null 2>&1
touch branch/stop
expect 75 "left-\*.h5" "$sidle" train branch.yaml run.steps=900 optim.lr=1e-4 \
    --resume branch/checkpoints/step-00000006.h5 checkpoint.every=0
grep -q "the same command with --resume auto continues from" said
there left-00000060.h5
there left-final-2.h5
checksums branch/checkpoints/left-00000009.h5 >nine
step=$(readlink branch/checkpoints/latest.h5)
[ "$step" \< step-00000060.h5 ]
expect 75 "resuming from .*/$step" bash -c 'touch branch/stop
    exec "$@"' - "$sidle" train branch.yaml run.steps=900 optim.lr=1e-4
# a second branch from the same place takes no name of the first
"$sidle" train branch.yaml run.steps=9 optim.lr=1e-4 \
    --resume branch/checkpoints/step-00000006.h5 >/dev/null 2>&1
expect 0 "left-\*.h5" "$sidle" train branch.yaml run.steps=9 \
    --resume branch/checkpoints/step-00000006.h5 optim.lr=1e-5
checksums branch/checkpoints/left-00000009.h5 | cmp - nine
there left-00000009-2.h5

# stopped at its last item, a branch is not finished by the other's end
make_config last
"$sidle" train last.yaml checkpoint.every=5 checkpoint.keep=9 >/dev/null 2>&1
touch last/stop
expect 75 "left-\*.h5" "$sidle" train last.yaml \
    --resume last/checkpoints/step-00000005.h5 optim.lr=0.5
expect 0 "finished: " "$sidle" train last.yaml optim.lr=0.5
lacks "this run is finished" said
# one from the last item makes nothing but an end
"$sidle" train last.yaml run.steps=12 >/dev/null 2>&1
expect 0 "left-\*.h5" "$sidle" train last.yaml run.steps=6 \
    --resume last/checkpoints/step-00000006.h5
[ "$(readlink last/checkpoints/latest.h5)" = step-00000006.h5 ]
expect 0 "resuming from .*step-00000006.h5" "$sidle" train last.yaml run.steps=8

# until a save of the branch has succeeded the folder is as it was
make_config failed
"$sidle" train failed.yaml >/dev/null 2>&1
cp failed/checkpoints/step-00000003.h5 outside.h5
rm failed/checkpoints/step-00000003.h5 log
"$sidle" train failed.yaml run.steps=1000000000 checkpoint.every=0 eval.every=0 \
    --resume outside.h5 > >(cat >log) 2>&1 & # what it says may grow
pid=$!
until_true grep -qs "^step " log
prlimit --pid $pid --fsize=0:unlimited
kill -USR1 $pid
code=0
wait $pid || code=$?
[ $code -eq 74 ] || { echo "FAIL: ended with $code" >&2; cat log; exit 1; }
until_true grep -q "the same command with --resume auto continues from step 3" log
there() { [ -e "failed/checkpoints/$1" ] || { echo "FAIL: no $1" >&2; exit 1; }; }
there step-00000006.h5
expect 0 "resuming from .*step-00000006.h5" "$sidle" train failed.yaml run.steps=8

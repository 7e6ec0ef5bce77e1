#!/usr/bin/env bash
# test_bad_numbers.sh - a loss or gradient that is not finite ends a run with its
# name and the last good checkpoint, or is left out on any number of ranks alike.
# timeout: 120
# label: once
. "$(dirname "$0")/../cli/expect.sh"
make_text
make_config run
sed -i 's/kind: adamw, lr: 1e-3/kind: sgd, clip: 0, lr: 0.01/; s/steps: 6/steps: 40/; s/every: 3, items: 2/every: 20, items: 2/; s/every: 3}/every: 3, keep: 20}/' run.yaml
away="optim.lr=1e12 checkpoint.at_start=true"

# stop: nothing that is no number is committed, and the run can go on
for ranks in 1 3; do
    rm -rf run
    expect 70 "block [1-4], item [0-9]+: the (loss is|gradient of [a-z0-9/_]+ is not|norm of the gradient is) .*the last checkpoint, if there is one, with a smaller optim.lr.*is kept" \
        mpirun -n $ranks "$sidle" train run.yaml $away
    "$sidle" verify run/checkpoints/latest.h5
    expect 0 "resuming from .*/step-" mpirun -n 2 "$sidle" train run.yaml \
        optim.lr=0 optim.clip=1 run.on_nan=skip
    [ -e run/checkpoints/final.h5 ]
done

# skip: said in the log, in no mean, the same bits everywhere
for ranks in 1 2 3; do
    rm -rf run
    expect 0 "block 4, item [0-9]+: the loss is .*skipped in all blocks" \
        mpirun -n $ranks "$sidle" train run.yaml $away optim.clip=1 run.on_nan=skip run.steps=24
    [ "$(grep -c "the loss is nan" said)" -eq 4 ] # the first three, the tenth
    grep -q "losses of this start were not finite" said
    grep -qE "updates of this start were skipped" said
    grep -q "valid loss" said
    lacks "valid loss -?(nan|inf)" said
    grep -q "warning: up to item .* losses since the last report" run/train.log
    awk 'NR > 1 && /nan|inf/ { exit 1 }' run/metrics.csv
    checksums run/checkpoints/final.h5 >final.$ranks
    cmp final.1 final.$ranks
done

# nothing is saved where the newest loss is none, but at the end
grep -q "checkpoint of step 18 was not saved .*the newest loss or update is not finite" run/train.log
[ ! -e run/checkpoints/step-00000018.h5 ]

# and a resume trims what came of it, and goes on
expect 0 "resuming from .*step-00000003.h5" mpirun -n 2 "$sidle" train run.yaml \
    --resume run/checkpoints/step-00000003.h5 $away optim.clip=1 run.on_nan=skip run.steps=24
checksums run/checkpoints/final.h5 | cmp - final.1

# weights with which no item has a finite loss: a run that skips ends, too
rm -rf run
expect 0 "finished" "$sidle" train run.yaml run.steps=10 optim.lr=1e-3
expect 70 "25 updates in a row were skipped" mpirun -n 2 "$sidle" train run.yaml \
    run.steps=400 optim.lr=1e20 optim.clip=1 run.on_nan=skip

# gradients that are finite, but whose squares are not: before any weight has them
rm -rf run
expect 70 "block 4, item 1: the norm of the gradient is .* does not fit into a float.*optim.clip" \
    "$sidle" train run.yaml optim.kind=adamw optim.clip=0 \
    optim.lr=1e-5 optim.z_loss=1e24
expect 70 "25 updates in a row" mpirun -n 2 "$sidle" train run.yaml \
    optim.kind=adamw optim.clip=0 optim.lr=1e-5 optim.z_loss=1e24 run.on_nan=skip run.steps=100

# weights that are finite and of no use are not all that is left: what a good
# loss has proved stays, however few files are kept
few="optim.kind=sgd optim.decay=constant eval.every=0 checkpoint.every=2"
for ranks in 1 3; do
    rm -rf run
    expect 0 "finished" mpirun -n $ranks "$sidle" train run.yaml $few run.steps=10 optim.lr=1e-3
    checksums run/checkpoints/step-00000010.h5 >good
    expect 70 "25 updates in a row" mpirun -n $ranks "$sidle" train run.yaml \
        $few checkpoint.keep=1 run.steps=100 optim.lr=1e30 run.on_nan=skip
    checksums run/checkpoints/step-00000010.h5 | cmp - good
    expect 0 "finished" mpirun -n $ranks "$sidle" train run.yaml $few \
        --resume run/checkpoints/step-00000010.h5 run.steps=20 optim.lr=1e-4
done
rm -rf run
expect 70 "name the one before" "$sidle" train run.yaml $few \
    checkpoint.every=1 checkpoint.keep=1 checkpoint.at_start=true \
    optim.warmup=0 optim.lr=1e30
oldest=$(find run/checkpoints -name 'step-*' | sort | sed -n 1p)
expect 0 "finished" "$sidle" train run.yaml $few --resume "$oldest" \
    run.steps=10 optim.lr=1e-4

# nor is it lost over stops, or at the end of a run that never recovers
rm -rf run
expect 0 "finished" "$sidle" train run.yaml $few run.steps=10 optim.lr=1e-3
checksums run/checkpoints/step-00000010.h5 >good
useless="checkpoint.keep=1 optim.lr=1e4 optim.clip=1 optim.warmup=0"
for start in 1 2; do
    touch run/stop
    expect 75 "stopped" mpirun -n 2 "$sidle" train run.yaml $few $useless run.steps=40
done
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml $few $useless run.steps=40
checksums run/checkpoints/step-00000010.h5 | cmp - good
[ ! -e run/checkpoints/step-00000020.h5 ]

# weights that are numbers, but with which no loss is: eval says so
rm -rf run
expect 70 "item [0-9]+: the loss is" "$sidle" train run.yaml $few \
    checkpoint.every=1 optim.warmup=0 optim.clip=1 optim.lr=1e38
expect 0 "latest.h5': the loss on the held-out part is not finite" \
    "$sidle" eval run/checkpoints/latest.h5

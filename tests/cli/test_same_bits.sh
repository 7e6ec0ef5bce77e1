#!/usr/bin/env bash
# test_same_bits.sh - the number of ranks changes no bit of a run: all data sets
# of a file in the middle and of the last one, with dropout on.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run

for run in backprop,adamw sideways,muon pipedream,muon pipedream,adamw zero-bubble,muon; do
    IFS=, read -r schedule optimizer <<<"$run"
    for ranks in 1 2 3 4; do
        mpirun -n $ranks "$sidle" train run.yaml run.steps=9 checkpoint.every=5 \
            parallel.schedule=$schedule parallel.update_every=2 optim.kind=$optimizer \
            model.dropout=0.1 model.cross_dropout=0.2 >log 2>&1 || { cat log; exit 1; }
        for file in step-00000005.h5 final.h5; do
            checksums run/checkpoints/$file >$file.$ranks
            cmp $file.1 $file.$ranks || {
                echo "$run: $file of $ranks ranks is another than that of one"
                exit 1
            }
        done
        rm -r run
    done
    for group in /model/cross/q/weight /optimizer/ /pipeline/; do
        grep -q $group final.h5.1
    done
    mv final.h5.1 $run
done
# they are runs of their own
[ "$(md5sum backprop,* sideways,* pipedream,* zero-bubble,* | cut -d ' ' -f 1 | sort -u | wc -l)" -eq 5 ]

# Flushed schedules are one and the same mathematics.
for scope in block global; do
    for schedule in backprop gpipe 1f1b zero-bubble; do
        mpirun -n 4 "$sidle" train run.yaml run.dir=$schedule.$scope run.steps=10 \
            parallel.schedule=$schedule parallel.update_every=3 \
            optim.clip=0.1 optim.clip_scope=$scope >log 2>&1 || { cat log; exit 1; }
        for group in /model /optimizer; do
            h5diff backprop.$scope/checkpoints/final.h5 \
                $schedule.$scope/checkpoints/final.h5 $group $group || {
                echo "$schedule, clip_scope $scope: other numbers than backprop"
                exit 1
            }
        done
    done
done
code=0
h5diff backprop.block/checkpoints/final.h5 backprop.global/checkpoints/final.h5 \
    /model /model >/dev/null || code=$?
[ $code -eq 1 ] # they can differ

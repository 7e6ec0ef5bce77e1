#!/usr/bin/env bash
# test_same_bits.sh - the number of ranks changes no bit of a run: all data sets
# of a file in the middle and of the last one, with dropout on.
# timeout: 180
. "$(dirname "$0")/expect.sh"
make_text
make_config run

for run in backprop,adamw sideways,muon pipedream,muon pipedream,adamw; do
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
[ "$(md5sum backprop,* sideways,* pipedream,* | cut -d ' ' -f 1 | sort -u | wc -l)" -eq 4 ]

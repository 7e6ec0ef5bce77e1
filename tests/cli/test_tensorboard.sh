#!/usr/bin/env bash
# test_tensorboard.sh - what a run of four blocks tells TensorBoard: the norm of
# every block's gradient, both rates, evaluations in bits, the configuration.
# timeout: 300
. "$(dirname "$0")/expect.sh"
make_text
make_config run run.steps=14
sed -i 's/optim: .*/optim:    {kind: muon, lr: 1e-3, warmup: 2}/' run.yaml
# told TAG: in how many events of all files
told() { cat run/events.* | grep -aoE "$1" | wc -l; }

expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml run.steps=14 log.every=6 \
    checkpoint.every=7
for block in 1 2 3 4; do
    # at items 6 and 12 and at the end; the head's zeros may leave out the first
    n=$(told "grad_norm/block_00$block")
    [ "$n" -ge 2 ] && [ "$n" -le 3 ]
done
[ "$(told grad_norm/block_004)" -eq 3 ]
[ "$(told grad_norm/block_005)" -eq 0 ]
[ "$(told optim/matrix_lr)" -eq 3 ]
[ "$(told optim/lr)" -eq 3 ]
[ "$(told valid/bits)" -eq "$(told valid/loss)" ]
[ "$(told valid/bits)" -eq 4 ]
[ "$(told "      steps: 14$")" -eq 1 ]
[ "$(told "    parallel:$")" -eq 1 ]
# a resume takes back what it tells again
rm run/checkpoints/final.h5 run/checkpoints/step-00000014.h5
expect 0 "resuming from .*step 7" mpirun -n 3 "$sidle" train run.yaml run.steps=14 \
    log.every=6 checkpoint.every=7
[ "$(told grad_norm/block_004)" -eq 3 ]
[ "$(told optim/matrix_lr)" -eq 3 ]
[ "$(told valid/bits)" -eq 4 ]
# other rules have one rate; a run that is alone has all norms at once
rm -rf run
expect 0 "finished" "$sidle" train run.yaml run.steps=14 log.every=7 optim.kind=adamw \
    eval.every=0
[ "$(told optim/matrix_lr)" -eq 0 ]
[ "$(told optim/lr)" -eq 2 ]
[ "$(told grad_norm/block_001)" -ge 1 ]
# where all blocks are clipped together, too, each block's norm is its own
hex() { od -An -v -tx1 | tr -d ' \n'; }
values() { cat run/events.* | hex | grep -oE "$(printf %s "$1" | hex)15.{8}" | grep -oE ".{8}$"; }
rm -rf run
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml run.steps=14 log.every=2 \
    eval.every=0 parallel.schedule=gpipe parallel.update_every=2 optim.clip_scope=global
values optim/grad_norm | sort >together
for block in 1 2 3; do # the last one's is nearly all of it
    values grad_norm/block_00$block | sort >own
    [ -s own ]
    [ -z "$(comm -12 own together)" ]
done

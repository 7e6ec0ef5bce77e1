#!/usr/bin/env bash
# test_remedies.sh - remedies for late gradients by their keys: ranks, stops and
# resumes change no bit, each may be switched on the way, none acts where
# nothing is late.
# timeout: 180
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 12/; s/warmup: 2/warmup: 2, decay: constant, kind: muon/; s/kind: adamw, //' run.yaml
sed -i 's/checkpoint: {every: 3}/checkpoint: {every: 5}/' run.yaml

same() {
    h5diff "$1" "$2" /model && h5diff "$1" "$2" /optimizer
}

# each remedy is a run of its own; on three ranks, stopped and resumed, the same
for remedy in "optim.delay_rescale=8" "optim.spike_compensation=true" \
    "optim.predict=true" "optim.lookahead=0.99" \
    "optim.predict=true optim.lookahead=0.99 optim.delay_rescale=8"; do
    expect 0 "remedies: " "$sidle" train run.yaml $remedy
    mv run whole
    mpirun -n 3 "$sidle" train run.yaml $remedy >log 2>&1
    same whole/checkpoints/final.h5 run/checkpoints/final.h5
    rm run/checkpoints/final.h5 run/checkpoints/step-0000001*.h5
    expect 0 "resuming from .*step-00000005" mpirun -n 2 "$sidle" train run.yaml $remedy
    same whole/checkpoints/final.h5 run/checkpoints/final.h5
    h5dump -g /model whole/checkpoints/final.h5 | tail -n +2 | md5sum >>sums
    rm -r whole run
done
expect 0 "finished" "$sidle" train run.yaml
h5dump -g /model run/checkpoints/final.h5 | tail -n +2 | md5sum >>sums
[ "$(sort -u sums | wc -l)" -eq 6 ]

# each may begin and end on the way; what is not named stays
expect 0 "changed: optim.predict from false to true" "$sidle" train run.yaml \
    run.steps=16 optim.predict=true
h5dump -n run/checkpoints/step-00000016.h5 | grep /pipeline/block_003/predicted >/dev/null
if h5dump -n run/checkpoints/step-00000016.h5 | grep /pipeline/block_004/predicted >/dev/null; then exit 1; fi
expect 0 "changed: optim.predict from true to false" mpirun -n 2 "$sidle" train \
    run.yaml run.steps=20 optim.predict=false
if h5dump -n run/checkpoints/step-00000020.h5 | grep /predicted >/dev/null; then exit 1; fi
for change in "delay_rescale from 0 to 50" "lookahead from 0.0 to 0.99" \
    "spike_compensation from false to true"; do
    steps=$((${steps:-20} + 4))
    key=optim.${change%% *}=${change##* }
    expect 0 "changed: optim.$change" "$sidle" train run.yaml run.steps=$steps \
        ${off:-} $key
    off=optim.${change%% *}=$(echo $change | cut -d " " -f 3)
done
# another rule at the same time
expect 0 "changed: optim.kind from muon to nadam" "$sidle" train run.yaml \
    run.steps=36 $off optim.kind=nadam optim.predict=true

# starting with the parameters of another run
make_config next
expect 0 "starting with the parameters" "$sidle" train next.yaml --init \
    run/checkpoints/final.h5 optim.predict=true
rm -r next run

# where nothing is late, nothing is kept and nothing changes
for kind in sgd adamw nadam muon; do
    all="optim.delay_rescale=8 optim.predict=true optim.spike_compensation=true optim.momentum=0.9"
    expect 0 "finished" "$sidle" train run.yaml parallel.schedule=1f1b \
        parallel.update_every=3 optim.kind=$kind optim.momentum=0.9
    mv run whole
    expect 0 "delay: none with schedule 1f1b" "$sidle" train run.yaml \
        parallel.schedule=1f1b parallel.update_every=3 optim.kind=$kind $all
    h5diff whole/checkpoints/step-00000005.h5 run/checkpoints/step-00000005.h5 /model
    h5diff whole/checkpoints/step-00000005.h5 run/checkpoints/step-00000005.h5 /pipeline
    same whole/checkpoints/final.h5 run/checkpoints/final.h5
    rm -r whole run
done

# what does not fit together
expect 64 "'optim.spike_compensation' acts on a momentum" "$sidle" train run.yaml \
    optim.kind=sgd optim.spike_compensation=true
expect 64 "set optim.kind=nadam" "$sidle" train run.yaml optim.kind=adamw \
    optim.lookahead=0.99
expect 64 "choose one of them" "$sidle" train run.yaml optim.lookahead=0.99 \
    optim.spike_compensation=true

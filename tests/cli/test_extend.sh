#!/usr/bin/env bash
# test_extend.sh - a finished run goes on with a larger run.steps: the bits of one
# long run, from the last step file, not from the drained end.
# timeout: 180
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run

train() { # RANKS [key=value ...]
    local ranks=$1
    shift
    mpirun -n $ranks "$sidle" train run.yaml model.dropout=0.1 log.every=4 "$@" >went 2>&1 ||
        { cat went; exit 1; }
}

for change in "pipedream decay=constant" "sideways decay=linear decay_steps=9" \
    "zero-bubble decay=constant" "delayed decay=cosine decay_steps=20"; do
    read -r schedule decay <<<"$change"
    keys=(parallel.schedule=$schedule parallel.update_every=2)
    for key in $decay; do keys+=(optim.$key); done
    train 2 "${keys[@]}" run.steps=13
    checksums run/checkpoints/final.h5 >whole
    cut -d , -f 1 run/metrics.csv >whole.steps
    rm -r run
    train 2 "${keys[@]}" run.steps=7
    grep -q "^7," run/metrics.csv
    expect 0 "this run is finished: .*final.h5 holds all 7 items; set a larger run.steps" \
        "$sidle" train run.yaml model.dropout=0.1 log.every=4 "${keys[@]}" run.steps=7
    train 3 "${keys[@]}" run.steps=13
    grep -q "resuming from .*step-00000007.h5" went
    grep -q "changed: run.steps from 7 to 13" went
    if grep -q 'decay now extends' went; then
        echo "$change: nothing extends the decay"
        exit 1
    fi
    checksums run/checkpoints/final.h5 >extended
    cmp whole extended || { echo "$change: an extended run has other bits"; exit 1; }
    # every row of the long run is there, once, in order
    cut -d , -f 1 run/metrics.csv | grep -vx 7 | cmp - <(grep -vx 7 whole.steps)
    # only final.h5 is missing: nothing goes forward, and the row knows its updates
    rm run/checkpoints/final.h5
    train 2 "${keys[@]}" run.steps=13
    tail -n 1 run/metrics.csv | grep "^13,[5-9],[0-9]" >/dev/null
    rm -r run
done

# A curve to the end of the run has another end now: said.
train 2 run.steps=6 optim.decay=cosine
train 2 run.steps=9 optim.decay=cosine
grep -q "decay now extends to the new end" went
expect 64 "raise run.steps" "$sidle" train run.yaml run.steps=8 model.dropout=0.1 log.every=4 optim.decay=cosine

# The same number again, and only final.h5 is missing: drained from the step file.
cp run/checkpoints/final.h5 was.h5
checksums was.h5 >whole
rm run/checkpoints/final.h5
train 1 run.steps=9 optim.decay=cosine
checksums run/checkpoints/final.h5 >again
cmp whole again

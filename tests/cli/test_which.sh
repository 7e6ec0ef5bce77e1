#!/usr/bin/env bash
# test_which.sh - a run folder where a checkpoint is wanted: its final.h5, else
# the newest step, and a line that says which.
# timeout: 60
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
expect 0 "finished" "$sidle" train run.yaml
cp -r run/checkpoints flat
cp -r run cut
rm cut/checkpoints/final.h5

final="using run/+checkpoints/final.h5$"
step="using cut/checkpoints/step-00000006.h5, the newest step file"
for given in run run/ run/checkpoints; do
    expect 0 "$final" "$sidle" eval $given
    expect 0 "$final" "$sidle" sample $given --length 2
    expect 0 "$final" "$sidle" inspect $given
    expect 0 "$final" "$sidle" verify $given
done
expect 0 "using flat/final.h5$" "$sidle" eval flat
for command in eval "sample --length 2" inspect verify; do
    expect 0 "$step" "$sidle" $command cut
done

# only the result on standard output
"$sidle" eval run --json 2>/dev/null >folder.json
"$sidle" eval run/checkpoints/final.h5 --json >file.json
cmp folder.json file.json
[ "$("$sidle" sample run --length 3 --seed 1 2>/dev/null | od -c)" = \
    "$("$sidle" sample run/checkpoints/final.h5 --length 3 --seed 1 | od -c)" ]

# a run begins with the end of another, and goes on from a step
expect 0 "parameters of run/checkpoints/final.h5" "$sidle" train run.yaml run.dir=new --init run
expect 0 "resuming from cut/checkpoints/step-00000006.h5, step 6" "$sidle" train run.yaml \
    run.dir=more run.steps=8 --resume cut
expect 0 "resuming from run/checkpoints/step-00000006.h5, step 6" mpirun -n 2 "$sidle" train \
    run.yaml run.dir=most run.steps=8 --resume run
expect 0 "parameters of run/checkpoints/final.h5" mpirun -n 2 "$sidle" train run.yaml \
    run.dir=newer --init run/

# an extended run that has not ended again: what was asked for, and that there is more
"$sidle" train run.yaml run.steps=8 run.max_minutes=0 >/dev/null 2>&1
cp flat/final.h5 run/checkpoints
expect 0 "final.h5; a later file there is step-00000008.h5" "$sidle" verify run

# the link is lost, leads nowhere, became a file
rm cut/checkpoints/latest.h5
expect 0 "$step" "$sidle" verify cut
ln -s step-00000009.h5 cut/checkpoints/latest.h5
expect 0 "$step" "$sidle" verify cut
cp --remove-destination cut/checkpoints/step-00000003.h5 cut/checkpoints/latest.h5
expect 0 "using cut/checkpoints/latest.h5, the newest" "$sidle" verify cut

mkdir -p empty bare/checkpoints
for command in eval sample inspect verify "train run.yaml run.dir=x --init" \
    "train run.yaml run.dir=x --resume"; do
    for given in empty bare; do
        expect 74 "'$given' is a folder without a checkpoint" "$sidle" $command $given
    done
    expect 74 "" "$sidle" $command nothing
done

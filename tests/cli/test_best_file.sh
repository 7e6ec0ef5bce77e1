#!/usr/bin/env bash
# test_best_file.sh - checkpoint.best: best.h5 is the run at the evaluation with
# the least loss: whole, with the weights that were evaluated, never pruned.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run

# 12 items get better, then a rate that is far too large ruins it
good="eval.every=2 eval.items=100 checkpoint.every=6 checkpoint.keep=1 optim.decay=constant \
    optim.lr=1e-2"
bad="$good run.steps=24 optim.lr=1 optim.clip=0"

# the best row of metrics.csv: its step and its loss
best_row() {
    awk -F , 'NR > 1 && $6 != "" && (best == "" || $6 < best) { best = $6; step = $1 }
        END { printf "%d %.6f\n", step, best }' "$1/metrics.csv"
}

is_the_best() { # FOLDER [0|1: it may be of the item behind]
    expect 0 "every checksum is right" "$sidle" verify "$1/checkpoints/best.h5"
    loss=$("$sidle" eval "$1/checkpoints/best.h5" | sed -n 's/^loss \([0-9.]*\) .*/\1/p')
    step=$(h5dump -a step "$1/checkpoints/best.h5" | sed -n 's/.*(0): //p')
    [ "$step $loss" = "$(best_row "$1")" ] ||
        [ "$((step - ${2:-0})) $loss" = "$(best_row "$1")" ] ||
        { echo "FAIL: best.h5 is of $step, $loss; $(best_row "$1")"; exit 1; }
    [ ! -e "$1/checkpoints/next-best.h5" ]
}

expect 0 "finished" "$sidle" train run.yaml $good run.steps=12
is_the_best run
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml $bad
is_the_best run
[ "$step" -ge 10 ] && [ "$step" -le 12 ]
[ ! -e run/checkpoints/step-00000006.h5 ]
cp run/checkpoints/best.h5 best.h5
from=$step

# schedules that are flushed: behind the cut of the item, or of the next one
for schedule in gpipe 1f1b zero-bubble backprop; do
    keys="parallel.schedule=$schedule parallel.update_every=2 checkpoint.every=5 run.steps=18"
    rm -rf run
    expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml $bad $keys optim.warmup=5
    is_the_best run 1
done

# where a step file is due it is that one; behind the last item it is the end
expect 0 "finished" mpirun -n 4 "$sidle" train run.yaml $good run.steps=12 run.dir=four
is_the_best four
cmp four/checkpoints/best.h5 four/checkpoints/final.h5
expect 0 "finished" mpirun -n 3 "$sidle" train run.yaml $good run.steps=13 run.dir=three checkpoint.keep=3
is_the_best three
[ $step = 12 ]
cmp three/checkpoints/best.h5 three/checkpoints/step-00000012.h5
[ "$(stat -c %h three/checkpoints/best.h5)" -eq 2 ]

# a run goes on from it as from any other
expect 0 "resuming from best.h5, step $from" "$sidle" train run.yaml $good \
    run.steps=$((from + 2)) run.dir=more --resume best.h5
is_the_best more

# of a part of the run that was lost: the next evaluation counts
rm -rf run
expect 0 "finished" "$sidle" train run.yaml $good run.steps=6
cp three/checkpoints/best.h5 run/checkpoints/best.h5
expect 0 "finished" "$sidle" train run.yaml $good run.steps=9 optim.clip=0 optim.lr=3
step=$(h5dump -a step run/checkpoints/best.h5 | sed -n 's/.*(0): //p')
[ "$step" -ge 6 ] && [ "$step" -le 8 ]
# of a branch that was left: it is kept aside
rm -rf run
expect 0 "finished" "$sidle" train run.yaml $good run.steps=13
cp run/checkpoints/best.h5 was.h5
expect 0 "finished" "$sidle" train run.yaml $good run.steps=9 optim.clip=0 optim.lr=3 \
    --resume three/checkpoints/step-00000006.h5
cmp was.h5 run/checkpoints/left-best.h5
step=$(h5dump -a step run/checkpoints/best.h5 | sed -n 's/.*(0): //p')
[ "$step" -ge 6 ] && [ "$step" -le 8 ]

expect 0 "finished" "$sidle" train run.yaml $good run.dir=off checkpoint.best=false
[ ! -e off/checkpoints/best.h5 ]

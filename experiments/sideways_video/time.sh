#!/usr/bin/env bash
# time.sh - how long until a network is as accurate: items that backprop and the
# Sideways schedules need for each accuracy on validation clips, at the slowest
# speed, times the seconds of an item: measured with two ranks, and by the plan
# with one rank a block. Results go to time.csv. From the top of the clone, on a
# machine with two free cores, after run.py has made the clips:
#
#   experiments/sideways_video/time.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
sidle=${SIDLE:-build/sidle}
runs=${RUNS:-runs/sideways_video}
train="$runs/train-0.1.h5"
valid="$runs/valid-0.1.h5"
schedules="backprop sideways-1f1b sideways"
mkdir -p "$runs/time"

# Accuracy on validation clips every 150 items
curve() { # SCHEDULE SEED
    local run=$runs/time/$1-$2
    [ -s "$run/final.json" ] ||
        "$sidle" train "$here/base.yaml" run.dir="$run" run.seed="$2" \
            parallel.schedule="$1" optim.lr=1e-3 data.path="$train" \
            data.valid_path="$valid" eval.every=150 eval.items=125 \
            >"$run.out" 2>&1
}

# Seconds of an item with two ranks: the last 300 of 600
measured() { # SCHEDULE
    local run=$runs/time/ranks
    rm -rf "$run"
    mpirun -n 2 "$sidle" train "$here/base.yaml" run.dir="$run" run.steps=600 \
        parallel.schedule="$1" data.path="$train" eval.at_end=false \
        log.every=300 >"$run.out" 2>&1
    awk -F , 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $at["seconds"] != "" { before = last; last = $at["seconds"] }
        END { printf "%.6f\n", (last - before) / 300 }' "$run/metrics.csv"
}

for seed in 1 2 3; do
    for schedule in $schedules; do curve $schedule $seed; done
done
for round in 1 2 3 4 5; do
    for schedule in $schedules; do
        echo "$schedule $(measured $schedule)"
    done
done | tee "$runs/time/seconds"
for schedule in $schedules; do
    "$sidle" plan "$here/base.yaml" parallel.schedule=$schedule data.path="$train" \
        --ranks 5 --json >"$runs/time/plan-$schedule.json"
done
/usr/bin/env python3 "$here/time.py" "$runs/time" >"$here/time.csv.new"
mv "$here/time.csv.new" "$here/time.csv"

#!/usr/bin/env bash
# skip.sh - the direction of motion: skip-sideways, where a block sees a newer
# frame beside the one of its main path, against sideways without the skip. Four
# directions, so chance is 0.25. Results go to skip.csv. From the top of the clone:
#
#   experiments/sideways_video/skip.sh
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
sidle=${SIDLE:-build/sidle}
runs=${RUNS:-runs/sideways_video}/direction
mkdir -p "$runs"
sed -e '/- skip:/d' \
    -e 's/schedule: skip-sideways/schedule: sideways/' "$here/skip.yaml" \
    >"$runs/sideways.yaml"
cp "$here/skip.yaml" "$runs/skip-sideways.yaml"
clips() { # PART CLIPS SPEED
    [ -s "$runs/$1-$3.h5" ] ||
        "$sidle" data moving "$runs/$1-$3.h5" --part "$1" --clips "$2" \
            --frames 32 --speed "$3" --label direction
}

echo "schedule,blocks,pixels_per_frame,seed,items,test_accuracy" >"$here/skip.csv.new"
for speed in 0.5 1; do
    clips train 3000 $speed
    clips test 300 $speed
    for schedule in sideways skip-sideways; do
        for seed in 1 2 3; do
            run=$runs/$schedule-$speed-$seed
            [ -s "$run/final.json" ] ||
                "$sidle" train "$runs/$schedule.yaml" run.dir="$run" \
                    run.seed=$seed data.path="$runs/train-$speed.h5" \
                    data.valid_path="$runs/test-$speed.h5" >"$run.out" 2>&1
            echo "$schedule,5,$speed,$seed,3000,$(grep -o '"accuracy": *[0-9.]*' \
                "$run/final.json" | head -n 1 | grep -o '[0-9.]*$')" |
                tee -a "$here/skip.csv.new"
        done
    done
done
mv "$here/skip.csv.new" "$here/skip.csv"

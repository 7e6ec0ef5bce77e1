#!/usr/bin/env bash
# seconds.sh - seconds of one update on two ranks, from the runs themselves:
# D = 4, two blocks a rank, 24 rows an update however the schedule cuts them by
# its rule. Rounds take the schedules in turn, so that a load from outside falls
# on all of them; the medians of the rounds count. From the top of the clone, on
# a machine with two free cores:
#
#   experiments/schedules/seconds.sh [ROUNDS]
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
sidle=${SIDLE:-build/sidle}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
updates=40 # the second half of them is measured

# SCHEDULE U ROWS: seconds of an update
seconds() {
    local run=$scratch/run
    rm -rf "$run"
    mpirun -n 2 "$sidle" train "$here/base.yaml" run.dir="$run" \
        parallel.schedule="$1" parallel.update_every="$2" data.batch="$3" \
        optim.predict=false run.steps=$((updates * $2)) \
        log.every=$((updates * $2 / 2)) >"$scratch/out" 2>&1 || {
        cat "$scratch/out" >&2
        exit 1
    }
    awk -F , -v n=$((updates / 2)) '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") column = i }
        { before = last; last = $column }
        END { print (last - before) / n }' "$run/metrics.csv"
}

for round in $(seq 1 "${1:-9}"); do
    for form in "pipedream 3 8" "1f1b 8 3" "zero-bubble 4 6" "backprop 1 24"; do
        read -r schedule u rows <<<"$form"
        echo "$schedule-${u}x$rows $(seconds "$schedule" "$u" "$rows")"
    done
done | sort -k 1,1 -k 2,2g | awk '
    { all[$1] = all[$1] " " $2 }
    END {
        for (name in all) {
            n = split(all[name], list, " ")
            median[name] = list[int((n + 1) / 2)]
        }
        for (name in median)
            printf "%s %.4f s an update, %.2f of pipedream\n", name,
                median[name], median[name] / median["pipedream-3x8"]
    }' | sort

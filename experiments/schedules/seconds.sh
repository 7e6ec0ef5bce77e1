#!/usr/bin/env bash
# seconds.sh - seconds of one update of 24 rows on two ranks, from the runs
# themselves: D = 2, one block a rank, and D = 4, two. Each schedule cuts the rows
# by its rule, and into the same 8 items of 3 rows. Rounds take them in turn, so
# that a load from outside falls on all of them; the medians count. From the top of
# the clone, on a machine with two free cores (on others idle time costs nothing,
# and the figures mean nothing):
#
#   experiments/schedules/seconds.sh [ROUNDS]
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
sidle=${SIDLE:-build/sidle}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
updates=40 # the second half of them is measured

# D SCHEDULE U ROWS
forms="2 pipedream 1 24
2 pipedream 8 3
2 1f1b 3 8
2 1f1b 8 3
2 zero-bubble 2 12
2 zero-bubble 8 3
2 backprop 1 24
2 backprop 8 3
4 pipedream 3 8
4 pipedream 8 3
4 1f1b 8 3
4 zero-bubble 4 6
4 zero-bubble 8 3
4 backprop 1 24
4 backprop 8 3"

seconds() { # D SCHEDULE U ROWS: seconds of an update
    local run=$scratch/run
    rm -rf "$run"
    mpirun -n 2 "$sidle" train "$here/base.yaml" run.dir="$run" \
        parallel.blocks="$1" parallel.schedule="$2" \
        parallel.update_every="$3" data.batch="$4" optim.predict=false \
        run.steps=$((updates * $3)) log.every=$((updates * $3 / 2)) \
        eval.at_end=false >"$scratch/out" 2>&1 || {
        cat "$scratch/out" >&2
        exit 1
    }
    awk -F , -v n=$((updates / 2)) '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == "seconds") column = i }
        { before = last; last = $column }
        END { print (last - before) / n }' "$run/metrics.csv"
}

for round in $(seq 1 "${1:-9}"); do
    while read -r d schedule u rows; do
        took=$(seconds "$d" "$schedule" "$u" "$rows" </dev/null)
        echo "$d $schedule-${u}x$rows $took"
    done <<<"$forms"
done | sort -k 1,2 -k 3,3g | awk '
    { name = $1 " " $2; all[name] = all[name] " " $3 }
    END {
        for (name in all) {
            n = split(all[name], list, " ")
            median[name] = list[int((n + 1) / 2)]
        }
        rule[2] = "2 pipedream-1x24"
        rule[4] = "4 pipedream-3x8"
        for (name in median) {
            split(name, part, " ")
            printf "D = %s, %s: %.4f s an update, %.2f of pipedream by rule\n",
                part[1], part[2], median[name],
                median[name] / median[rule[part[1]]]
        }
    }' | sort

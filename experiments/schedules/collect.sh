#!/usr/bin/env bash
# collect.sh - put the losses of runs/schedules into results.tsv: held out, and
# the mean training loss of the last fifth of the run. What stands there stays,
# and a trial that was run again takes its new losses.
set -euo pipefail
results=$(dirname "${BASH_SOURCE[0]}")/results.tsv
runs=${RUNS:-runs/schedules}

# Of the lines behind 0.8 of the steps, each weighted by the steps it stands for
last_fifth() { # METRICS
    awk -F , 'NR > 1 && $3 != "" { n++; step[n] = $1; loss[n] = $3 }
        END {
            for (i = n; i > 0 && step[i] > 0.8 * step[n]; i--) {
                weight = step[i] - step[i - 1]
                sum += weight * loss[i]
                all += weight
            }
            if (all > 0) printf "%.8g\n", sum / all
        }' "$1"
}

losses() {
    (cd "$runs" && find . -name loss -size +0 -printf '%P\n') | while read -r file; do
        printf '%s\t%s\t%s\n' "${file%/loss}" "$(cat "$runs/$file")" \
            "$(last_fifth "$runs/${file%loss}metrics.csv")"
    done
}

# Of equal names the last line counts
{ cat "$results" && losses; } |
    awk -F '\t' '{ line[$1] = $0 } END { for (name in line) print line[name] }' |
    LC_ALL=C sort >"$results.new"
mv "$results.new" "$results"

#!/usr/bin/env bash
# table.sh - what is done of the trials as a Markdown table: of every row the
# best rate, its loss in nats a byte, and how far that is from backprop with the
# same optimizer at equal items (a trial at equal time is held against it, too).
#
#   experiments/schedules/table.sh [RESULTS]   default: experiments/schedules/results.tsv
#   experiments/schedules/table.sh --collect   the losses of runs/schedules as results
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
runs=${RUNS:-runs/schedules}

if [ "${1:-}" = --collect ]; then
    (cd "$runs" && find . -name loss -printf '%P\n' | sort | while read -r file; do
        printf '%s\t%s\n' "${file%/loss}" "$(cat "$file")"
    done)
    exit
fi
awk -F '[/\t]' '
    $8 == "diverged" { next }
    {
        row = $1 "/" $2 "/" $3 "/" $4 "/" $5
        tried[row]++
        if (!(row in best) || $8 < best[row]) { best[row] = $8; rate[row] = $6 }
        if (!(row in seen)) { order[++n] = row; seen[row] = 1 }
    }
    END {
        print "| set | D | optimizer | schedule, U | remedy | best rate (of) | loss | to backprop |"
        print "| --- | --- | --- | --- | --- | --- | --- | --- |"
        for (i = 1; i <= n; i++) {
            split(order[i], part, "/")
            set = part[1] == "time" ? "items" : part[1]
            base = set "/" part[2] "/" part[3] "/backprop-u1/none"
            ratio = base in best ? sprintf("%+.1f %%", 100 * (best[order[i]] / best[base] - 1)) : ""
            printf "| %s | %s | %s | %s | %s | %s (%d) | %.4f | %s |\n", part[1],
                substr(part[2], 2), part[3], part[4], part[5], rate[order[i]],
                tried[order[i]], best[order[i]], ratio
        }
    }' "${1:-$here/results.tsv}"

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
    {
        row = $1 "/" $2 "/" $3 "/" $4 "/" $5
        if ($8 == "diverged") { diverged[row, $6] = 1; next }
        if (!((row, $6) in sum)) { rates[row] = rates[row] " " $6; tried[row]++ }
        sum[row, $6] += $8
        seeds[row, $6]++
        if (!(row in seen)) { order[++n] = row; seen[row] = 1 }
    }
    END {
        for (i = 1; i <= n; i++) {
            row = order[i]
            m = split(rates[row], list, " ")
            for (j = 1; j <= m; j++) {
                if ((row, list[j]) in diverged) continue
                mean = sum[row, list[j]] / seeds[row, list[j]]
                if (!(row in best) || mean < best[row]) { best[row] = mean; rate[row] = list[j] }
            }
        }
        print "| set | D | optimizer | schedule, U | remedy | best rate (of) | seeds | loss | to backprop |"
        print "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
        for (i = 1; i <= n; i++) {
            split(order[i], part, "/")
            set = part[1] == "time" ? "items" : part[1]
            base = set "/" part[2] "/" part[3] "/backprop-u1/none"
            ratio = base in best ? sprintf("%+.1f %%", 100 * (best[order[i]] / best[base] - 1)) : ""
            printf "| %s | %s | %s | %s | %s | %s (%d) | %d | %.4f | %s |\n", part[1],
                substr(part[2], 2), part[3], part[4], part[5], rate[order[i]],
                tried[order[i]], seeds[order[i], rate[order[i]]], best[order[i]], ratio
        }
    }' "${1:-$here/results.tsv}"

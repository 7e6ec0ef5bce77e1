#!/usr/bin/env bash
# table.sh - what is done of the trials as a Markdown table: of every row the
# best rate, its loss in nats a byte (the mean of its seeds), and how far that is
# from backprop with the same optimizer and seeds at equal items (a trial at equal
# time is held against it, too).
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
    # The mean of a row at a rate over these seeds; "" where one is missing or
    # diverged.
    function mean_of(row, rate, seeds,    list, n, i, sum) {
        n = split(seeds, list, " ")
        for (i = 1; i <= n; i++) {
            if (!((row, rate, list[i]) in loss) || loss[row, rate, list[i]] == "diverged")
                return ""
            sum += loss[row, rate, list[i]]
        }
        return sum / n
    }
    # The least such mean of all rates; its rate is best_rate.
    function best_of(row, seeds,    list, n, i, mean, best) {
        n = split(rates[row], list, " ")
        best = ""
        for (i = 1; i <= n; i++) {
            mean = mean_of(row, list[i], seeds == "" ? seeds_of[row, list[i]] : seeds)
            if (mean != "" && (best == "" || mean < best)) { best = mean; best_rate = list[i] }
        }
        return best
    }
    {
        row = $1 "/" $2 "/" $3 "/" $4 "/" $5
        if (!(row in rates)) order[++n_rows] = row
        if (!((row, $6) in seeds_of)) { rates[row] = rates[row] " " $6; tried[row]++ }
        seeds_of[row, $6] = seeds_of[row, $6] " " $7
        loss[row, $6, $7] = $8
    }
    END {
        print "| set | D | optimizer | schedule, U | remedy | best rate (of) | seeds | loss | to backprop |"
        print "| --- | --- | --- | --- | --- | --- | --- | --- | --- |"
        for (i = 1; i <= n_rows; i++) {
            row = order[i]
            split(row, part, "/")
            name = sprintf("| %s | %s | %s | %s | %s |", part[1], substr(part[2], 2), part[3], part[4], part[5])
            best = best_of(row, "")
            if (best == "") { printf "%s none (%d) | | diverged | |\n", name, tried[row]; continue }
            rate = best_rate
            seeds = seeds_of[row, rate]
            set = part[1] == "time" ? "items" : part[1]
            base = best_of(set "/" part[2] "/" part[3] "/backprop-u1/none", seeds)
            ratio = base == "" ? "" : sprintf("%+.1f %%", 100 * (best / base - 1))
            printf "%s %s (%d) | %d | %.4f | %s |\n", name, rate, tried[row], split(seeds, list, " "), best, ratio
        }
    }' "${1:-$here/results.tsv}"

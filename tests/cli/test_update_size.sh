#!/usr/bin/env bash
# test_update_size.sh - a start, progress lines, metrics.csv, final.json and plan
# tell how many updates there are, and rows and tokens (or frames) of each.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
two="parallel.update_every=2"

# cells COLUMN: of the training rows of run/metrics.csv, each once
cells() {
    awk -F , -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) at[$i] = i; next }
        $3 != "" { print $at[name] }' run/metrics.csv | sort -u | tr '\n' ' '
}
holds() { # WHAT WANTED: "name": value of a JSON file
    grep -qE "^ *\"$2\": $3,?$" "$1" || { echo "FAIL: no $2 $3 in:"; cat "$1"; exit 1; }
}

expect 0 "^updates: 3 of 2 items each, 4 rows, 48 tokens$" "$sidle" train run.yaml $two
for step in 2 4 6; do
    # behind what a narrow terminal shows, in front of the rates
    grep -qE "^step $step/6  loss .* tokens/s  update $((step / 2)) of 4 rows, 48 tokens  lr .* of peak$" said
done
[ "$(cells update)" = "1 2 3 " ]
[ "$(cells rows_per_update)" = "4 " ]
[ "$(cells tokens_per_update)" = "48 " ]
# the newest columns stand behind all others
sed -n 1p run/metrics.csv | grep -q ",loss_unit,rows_per_update,tokens_per_update,"
holds run/final.json updates 3
holds run/final.json rows_per_update 4
holds run/final.json tokens_per_update 48

# rows of all replicas; a run with a file of an older program goes on
sed -i -E 's/(,[^,]*){3}$//' run/metrics.csv
expect 0 "^updates: 5 of 2 items each, 8 rows, 96 tokens$" \
    mpirun -n 2 "$sidle" train run.yaml --dry-run $two \
    run.dir=other run.steps=10 parallel.replicas=2
expect 0 "finished" "$sidle" train run.yaml $two run.steps=10
[ "$(cells update)" = "1 2 3 4 5 " ]
[ "$(cells rows_per_update)" = " 4 " ]
awk -F , 'NF != 16 { exit 1 }' run/metrics.csv
expect 0 "^updates: 1 of 8 items, 16 rows, 192 tokens$" "$sidle" train run.yaml \
    --dry-run run.dir=other parallel.update_every=8

# a row of a stream that new clips begin within has fewer targets than places:
# the mean is told of what there was
expect 0 "update 6 of 4 rows, [0-9]+ tokens" "$sidle" train run.yaml $two \
    run.dir=stream data.order=stream run.steps=12 log.every=12

expect 0 "^update +2 items, 4 rows, 48 tokens$" "$sidle" plan run.yaml --ranks 2 $two
"$sidle" plan run.yaml --ranks 2 $two --json run.steps=7 >plan.json 2>/dev/null
holds plan.json updates 4
holds plan.json rows_per_update 4
holds plan.json tokens_per_update 48
expect 0 "^update +1 item, 1 row, 12 tokens$" "$sidle" plan run.yaml --ranks 2 data.batch=1

#!/usr/bin/env bash
# test_delay.sh - train and plan tell the largest delay in one line, and the keys
# that make it one update at most with the same rows per update: those keys do.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run run.steps=6
sed -i 's/layers: 2/layers: 8/; s/blocks: 4/blocks: 8/; s/steps: 6/steps: 1250/' run.yaml

# json KEY: of plan.json, without quotes; "": it has no such key
json() { sed -nE "s/^  \"$1\": \"?([^\",]*)\"?,?$/\1/p" plan.json | sed -n 1p; }
plan() { "$sidle" plan run.yaml --ranks 2 "$@" --json >plan.json 2>/dev/null; }

# advises KEYS THEN WANTED: plan and train say it; with the keys it is so, and
# each update has the rows that it had
advises() {
    local keys=$1 delay=$2 then=$3 wanted=$4 rows updates
    words="$delay updates in block 1, 0 in block 8; .*with the same [0-9]+ rows per update, $wanted makes it $then "
    expect 0 "^delay      $words" "$sidle" plan run.yaml --ranks 2 $keys
    expect 0 "^delay: $words" "$sidle" train run.yaml --dry-run $keys
    [ "$(grep -c "^delay" said)" -eq 1 ]
    plan $keys
    [ "$(json shorter_delay_by)" = "$wanted" ]
    rows=$(json rows_per_update) updates=$(json updates)
    plan $keys $wanted
    [ "$(printf %.3g "$(json delay)")" = "$then" ]
    [ "$(json rows_per_update)" = "$rows" ]
    [ "$(json updates)" = "$updates" ]
    [ -z "$(json shorter_delay_by)" ] # there is nothing better
    [ -z "$(json shorter_delay)" ]
}
one="parallel.update_every=1"
advises "data.batch=8 $one" 7 0.875 "data.batch=1 parallel.update_every=8 run.steps=10000"
advises "data.batch=28 $one" 7 1 "data.batch=4 parallel.update_every=7 run.steps=8750"
advises "data.batch=13 $one parallel.replicas=1" 7 0.538 \
    "data.batch=1 parallel.update_every=13 run.steps=16250"
advises "data.batch=7 parallel.update_every=4 run.steps=1001" 1.75 1 \
    "data.batch=4 parallel.update_every=7 run.steps=1752"
advises "data.batch=4 parallel.update_every=5 parallel.schedule=delayed" 2.8 0.7 \
    "data.batch=1 parallel.update_every=20 run.steps=5000"
# where the length is given in updates it stays
advises "run.steps=0 run.updates=1250 data.batch=8 $one" 7 0.875 "data.batch=1 parallel.update_every=8"
# too few rows: the nearest, or nothing
advises "data.batch=3 parallel.update_every=2" 3.5 1.17 \
    "data.batch=1 parallel.update_every=6 run.steps=3750"
expect 0 "6 rows per update are too few for a delay of one update, which needs 7; with" \
    "$sidle" train run.yaml --dry-run data.batch=3 parallel.update_every=2
expect 0 "3.5 .*; 2 rows per update are too few for a delay of one update, which needs 7$" \
    "$sidle" train run.yaml --dry-run data.batch=1 parallel.update_every=2
expect 0 "7 .*; 1 row per update is too few for a delay of one update, which needs 7$" \
    "$sidle" train run.yaml --dry-run data.batch=1 $one
# rows of all replicas
expect 0 "with the same 32 rows per update, data.batch=2 parallel.update_every=8 .* times 4)$" \
    "$sidle" plan run.yaml --ranks 2 data.batch=8 parallel.update_every=2 parallel.replicas=2
expect 0 "2 rows per update are too few .* needs 14$" mpirun -n 2 "$sidle" train run.yaml \
    --dry-run data.batch=1 $one parallel.replicas=2

# nothing to do: by rule, where the pipe is flushed, where the activation is the
# newest, with one block
expect 0 "^delay: 1 update in block 1, 0 in block 8$" "$sidle" train run.yaml --dry-run \
    parallel.update_every=0
expect 0 "^delay: none with schedule 1f1b and 8 blocks$" "$sidle" train run.yaml \
    --dry-run parallel.schedule=1f1b $one
expect 0 "^delay: 14 updates in block 1, 0 in block 8$" "$sidle" train run.yaml \
    --dry-run parallel.schedule=sideways $one
expect 0 "^delay: none with schedule pipedream and 1 block$" "$sidle" train run.yaml \
    --dry-run parallel.blocks=1
# remedies stand in front of the advice
expect 0 "^delay: 7 updates in block 1, 0 in block 8; remedies: predict; with the same" \
    "$sidle" train run.yaml --dry-run data.batch=8 \
    optim.kind=muon optim.predict=true $one
# a run that goes on has the rows per item that it began with
expect 0 "with the same 8 rows per update" "$sidle" train run.yaml data.batch=8 $one \
    run.steps=3
expect 0 "^delay: 7 updates in block 1, 0 in block 8$" "$sidle" train run.yaml \
    data.batch=8 $one run.steps=4

# 1f1b and no other key idles a fifth at most at four blocks: in equal ticks, and
# with the counted work of the README's first file on two ranks
cat >run.yaml <<END
run:      {dir: runs/mine, steps: 20000}
data:     {path: my.txt}
model:    {context: 1024, latents: 256, width: 256, heads: 8, layers: 6}
parallel: {blocks: 4}
END
plan parallel.schedule=1f1b parallel.update_every=0
for share in idle_in_equal_ticks idle; do
    awk "BEGIN { exit !($(json $share) > 0.05 && $(json $share) < 0.2000001) }"
done
[ "$(json delay)" = 0 ]
plan parallel.schedule=1f1b parallel.update_every=$(($(json update_every) - 1))
awk "BEGIN { exit !($(json idle_in_equal_ticks) > 0.2) }"
expect 0 "^ticks .* would idle 20.0 % of it$" "$sidle" plan run.yaml --ranks 2 \
    parallel.schedule=1f1b parallel.update_every=0

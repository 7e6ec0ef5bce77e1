#!/usr/bin/env bash
# test_learns.sh - a small model learns a text that repeats itself, eval finds
# the loss that the training told, and the sampler goes on with the text.
. "$(dirname "$0")/expect.sh"
for i in $(seq 300); do
    printf "ten green bottles, "
done >text.txt
cat >run.yaml <<END
run:      {dir: run, steps: 300, seed: 3}
model:    {context: 32, latents: 16, width: 32, heads: 2, layers: 2}
parallel: {blocks: 4, schedule: pipedream, update_every: 1}
data:     {path: text.txt, batch: 4, valid_fraction: 0.1}
optim:    {kind: muon, warmup: 20}
eval:     {every: 100, items: 1000}
END
expect 0 "final.h5" mpirun -n 2 "$sidle" train run.yaml

# The last report, of 20 items, and the last evaluation, of every window, which
# stands after the drain. In the order of the columns of metrics.csv:
while IFS=, read -r step _ train _ _ valid _; do
    [ "$step" != 300 ] || [ -z "$train" ] || train_loss=$train
    [ "$step" != 300 ] || [ -z "$valid" ] || valid_loss=$valid
done <run/metrics.csv
is_below() { [ "$(printf '%.0f' "${1}e6")" -lt "$2" ]; }
is_below "$train_loss" 60000 || { echo "train loss $train_loss"; exit 1; }
is_below "$valid_loss" 100000 || { echo "valid loss $valid_loss"; exit 1; }

"$sidle" eval --json run/checkpoints/final.h5 >eval.json
loss=$(sed -n 's/.*"loss": \([-0-9.e+]*\).*/\1/p' eval.json)
[ "$(printf '%.9g' "$loss")" = "$valid_loss" ] || {
    echo "eval says $loss, the training said $valid_loss"
    exit 1
}

"$sidle" sample run/checkpoints/final.h5 --greedy --length 95 \
    --prompt "ten green bottles, ten green" >said 2>/dev/null
head -c 123 text.txt | cmp - said

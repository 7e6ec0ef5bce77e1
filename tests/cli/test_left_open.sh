#!/usr/bin/env bash
# test_left_open.sh - a start that continues a run has the run's values for the
# keys that it does not set: the same bits as with all of them; and a length in
# updates.
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i "s|update_every: 1|update_every: 2|" run.yaml
cat >>run.yaml <<END
run.name: mine
optim.clip: 0.3
optim.weight_decay: 0.1
model.embed_width: 12
eval.batch: 3
END
printf 'run: {dir: run}\n' >bare.yaml

# alike RUN: its last checkpoint holds the state of that of "whole"
alike() {
    for group in /model /optimizer /pipeline; do
        h5diff whole/checkpoints/step-00000012.h5 \
            "$1"/checkpoints/step-00000012.h5 $group
    done
}

expect 0 "finished" "$sidle" train run.yaml
cp -r run first
expect 0 "finished" "$sidle" train run.yaml run.steps=12
mv run whole

# nothing but the length is set: on one rank, on others, in another folder
cp -r first run
expect 0 "changed: run.steps from 6 to 12" "$sidle" train bare.yaml run.steps=12
lacks "changed: [^r]" said
alike run
cmp run/config.yaml whole/config.yaml
rm -r run
cp -r first run
mpirun -n 3 "$sidle" train bare.yaml run.updates=6 >log 2>&1
grep "changed: run.steps from 6 to 12" log
alike run
cmp run/config.yaml whole/config.yaml
expect 0 "finished" "$sidle" train bare.yaml run.dir=other run.steps=12 \
    --resume first
alike other
expect 0 "name: mine" cat other/config.yaml

# a finished run needs no key; neither do --dry-run and a changed schedule
expect 0 "this run is finished" "$sidle" train bare.yaml
expect 0 "changed: parallel.schedule from pipedream to 1f1b" "$sidle" train \
    bare.yaml --dry-run parallel.schedule=1f1b
lacks "update_every" said
expect 0 "changed: parallel.update_every from 2 to 8" "$sidle" train \
    bare.yaml --dry-run parallel.schedule=1f1b parallel.update_every=0

# what may not change is told first, and keys against each other as ever
expect 64 "model.layers is 7, but the run that is resumed has 2" "$sidle" train \
    bare.yaml model.layers=7
expect 64 "'optim.clip_scope' global" "$sidle" train bare.yaml optim.clip_scope=global
expect 64 "'run.steps' is 9 and 'run.updates' is 4.*add run.steps=0" "$sidle" train \
    bare.yaml run.steps=9 run.updates=4
expect 64 "holds the run after 12 items, but run.steps is 8" "$sidle" train \
    bare.yaml run.updates=4

# without a run there is nothing to take: no folder is left behind
rm -r run
expect 64 "'run.steps' and 'run.updates' are not set, expected one of them" \
    "$sidle" train bare.yaml
expect 64 "'data.path' is not set" "$sidle" train bare.yaml run.updates=3
[ ! -e run ]
expect 64 "'run.dir' is not set" "$sidle" train - run.steps=3

# a first start in updates; the copy of the configuration is one
expect 0 "step 6/6" "$sidle" train run.yaml run.steps=0 run.updates=3
expect 0 "  steps: 6" cat run/config.yaml
expect 0 "  updates: 0" cat run/config.yaml
expect 0 "finished" "$sidle" train run/config.yaml run.dir=again
h5diff run/checkpoints/final.h5 again/checkpoints/final.h5 /model
expect 0 "6 forwards, 6 backwards, 3 updates" "$sidle" plan run.yaml --ranks 2 \
    run.steps=0 run.updates=3
expect 0 "s an item" "$sidle" bench tick run.yaml parallel.update_every=0 --items 3
expect 64 "'run.updates' is 1000000000000000, with 2 items each" "$sidle" plan \
    run.yaml --ranks 2 run.steps=0 run.updates=1e15

# blocks by ranks, and an update by the rule of these blocks: both are fixed
rm -r run
mpirun -n 3 "$sidle" train run.yaml parallel.blocks=0 parallel.update_every=0 >log 2>&1
grep "^updates: 3 of 2 items each" log
expect 0 "finished" "$sidle" train run.yaml parallel.blocks=0 parallel.update_every=0 \
    run.steps=0 run.updates=4
lacks "changed: parallel|drain" said
grep -q "^  blocks: 3$" run/config.yaml
grep -q "^  update_every: 2$" run/config.yaml
grep -q "^  steps: 8$" run/config.yaml

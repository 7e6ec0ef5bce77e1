#!/usr/bin/env bash
# test_resume_words.sh - several --resume: the last one counts, but auto behind
# FILE takes FILE where the run folder is empty.
# timeout: 60
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
expect 0 "finished" "$sidle" train run.yaml
file=run/checkpoints/step-00000003.h5
begin="resuming from $file, step 3"

new() { rm -rf new; }
new
expect 0 "$begin" "$sidle" train run.yaml run.dir=new --resume auto --resume $file
new
expect 0 "$begin" "$sidle" train run.yaml run.dir=new --resume $file --resume auto
# now it holds a newer one
expect 0 "resuming from new/checkpoints/step-00000006.h5, step 6" "$sidle" \
    train run.yaml run.dir=new run.steps=8 --resume $file --resume auto
new
expect 0 "finished" "$sidle" train run.yaml run.dir=new --resume $file \
    --resume never --resume auto
lacks "going on" said
new
expect 64 "exclude each other" "$sidle" train run.yaml run.dir=new \
    --init $file --resume $file --resume auto

# a copy by another name is no later step
new
expect 0 "finished" "$sidle" train run.yaml run.dir=new
cp new/checkpoints/step-00000003.h5 new/checkpoints/step-00000009.h5
expect 0 "rejected: .*step-00000009.h5\" holds step 3: it is a copy" "$sidle" \
    train run.yaml run.dir=new run.steps=12
grep -q "resuming from new/checkpoints/step-00000006.h5" said

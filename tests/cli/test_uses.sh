#!/usr/bin/env bash
# test_uses.sh - a key that changes nothing of what a command does is refused,
# with those that do; what is known is obeyed.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run
"$sidle" train run.yaml run.steps=2 eval.every=0 >/dev/null 2>&1
file=run/checkpoints/step-00000002.h5

for word in eval.items=1 eval.every=3 log.every=1 optim.lr=1 run.seed=9 \
    run.steps=9 run.dir=other parallel.schedule=gpipe checkpoint.keep=2 \
    data.order=sequential data.stride=2; do
    expect 64 "has no effect on eval; remove it: eval uses data.path, .* and parallel.partition" \
        "$sidle" eval $file "$word"
done
expect 64 "unknown key 'eval.strid'; did you mean 'eval.stride'" "$sidle" eval $file eval.strid=1
expect 64 "the model comes from the checkpoint" "$sidle" eval $file model.width=32
expect 64 "eval.stride" "$sidle" eval $file eval.stride=much

tokens() { "$sidle" eval $file --json "$@" | sed -n 's/.*"tokens": \([0-9]*\),*/\1/p'; }
cp text.txt other.bin
[ "$(tokens)" -eq 1250 ] # the last tenth, and its end
[ "$(tokens data.valid_fraction=0.2)" -gt 2000 ]
[ "$(tokens data.valid_path=other.bin data.raw=true data.kind=text)" -gt 12000 ]
[ "$(tokens data.path=other.bin data.valid_fraction=0.2)" -gt 2000 ]
[ "$(tokens eval.batch=3 data.batch=5 eval.stride=4)" -eq 1250 ]
expect 64 "all of data.valid_path, 'other.bin', is evaluated" "$sidle" eval $file \
    data.valid_path=other.bin data.valid_fraction=0.2

for word in log.every=1 eval.items=2 checkpoint.every=1 run.steps=5 run.max_minutes=1; do
    expect 64 "has no effect on bench tick.* optim\.\*" \
        "$sidle" bench tick run.yaml "$word"
    expect 64 "has no effect on bench checkpoint" \
        "$sidle" bench checkpoint run.yaml "$word"
done
expect 0 "of gemm" "$sidle" bench tick run.yaml --items 1 run.seed=2 optim.lr=1 data.batch=1
# the words of train are those of its plan
expect 0 "partition" "$sidle" plan run.yaml --ranks 2 log.every=1 run.seed=4

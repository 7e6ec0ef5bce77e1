#!/usr/bin/env bash
# test_changed_data.sh - a text that is changed while a run trains on it is told
# at the next save, and the checkpoint holds the next start to what it is then.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
cp text.txt first.txt
make_config run run.steps=6
overrides=(run.steps=1000000 checkpoint.every=0 eval.every=0)

has_begun() { grep -qs "^step" log; }
"$sidle" train run.yaml "${overrides[@]}" >log 2>&1 &
pid=$!
until_true has_begun
tr a-z A-Z <first.txt | dd of=text.txt conv=notrunc status=none
kill -USR1 $pid
code=0
wait $pid || code=$?
[ $code -eq 75 ] || { echo "FAIL: ended with $code" >&2; cat log >&2; exit 1; }
if ! grep -q "'text.txt' (data.path) was changed while the run trained on it" log; then
    echo "FAIL: nobody was told" >&2
    exit 1
fi
h5dump -d /pipeline/data_changed run/checkpoints/latest.h5 >said

# The first content is not what it goes on with; the new one is, with a word.
cp text.txt second.txt
cp first.txt text.txt
expect 64 "data.path has other content .* than after item [0-9]+, because it was changed" \
    "$sidle" train run.yaml "${overrides[@]}"
cp second.txt text.txt
step=$(basename "$(readlink run/checkpoints/latest.h5)" .h5)
step=$((10#${step#step-} + 2))
expect 0 "the file of data.path was changed during this run" \
    "$sidle" train run.yaml "${overrides[@]}" run.steps=$step
h5dump -d /pipeline/data_changed run/checkpoints/final.h5 >said

# Nothing of this where nothing was changed.
expect 0 "finished" "$sidle" train run.yaml run.dir=other
lacks "was changed" said
if h5dump -d /pipeline/data_changed other/checkpoints/final.h5 >said 2>&1; then
    echo "FAIL: a mark where nothing was changed" >&2
    exit 1
fi

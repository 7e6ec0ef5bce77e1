#!/usr/bin/env bash
# test_old_run.sh - a run that an earlier program has begun goes on: with the
# configuration that it was begun with, whose defaults were others, to the bits
# of a run with every one of them written out.
. "$(dirname "$0")/expect.sh"
make_text
# old_run/step-00000005.h5 is pipedream in the middle of its run: its blocks have
# three gradients to come. full.yaml is what that program stored of it.
old=$(cd "$(dirname "$0")/old_run" && pwd)
cp "$old"/*.yaml .

# begin FOLDER FILE: a run that stands where the file does
begin() {
    rm -rf "$1"
    mkdir -p "$1/checkpoints"
    cp "$2" "$1/checkpoints/step-00000005.h5"
}

# same_end A B: the state after the last item, that in flight included
same_end() {
    for group in /model /optimizer /pipeline; do
        h5diff "$1/checkpoints/step-00000012.h5" "$2/checkpoints/step-00000012.h5" $group
    done
}

# with its own file, in one process and on two ranks; with all of it written out
gunzip -c "$old/step-00000005.h5.gz" >old.h5
expect 0 "every checksum" "$sidle" verify old.h5
begin run old.h5
expect 0 "resuming from run/checkpoints/step-00000005.h5, step 5" \
    "$sidle" train run.yaml
lacks "changed: |drain" said
for line in "update_every: 1" "batch: 16" "items: 20" "predict: false" "steps: 12"; do
    grep -q "^  $line\$" run/config.yaml
done
mv run short
begin run old.h5
mpirun -n 2 "$sidle" train run.yaml >log 2>&1
grep "resuming from" log
same_end short run
begin run old.h5
expect 0 "step 12/12" "$sidle" train full.yaml
lacks "changed: |drain" said
same_end short run
cmp short/config.yaml run/config.yaml

# this program's own run of all the old defaults, and how it goes on with that
# file
expect 0 "finished" "$sidle" train full.yaml run.dir=whole
begin run whole/checkpoints/step-00000005.h5
expect 0 "finished" "$sidle" train run.yaml
same_end whole run
# to rounding, which differs between programs and builds, it is the old one
h5diff -d 1e-3 whole/checkpoints/step-00000005.h5 old.h5 /model

# the file begins another run today: its updates are of 3 items of 4 rows
expect 0 "finished" "$sidle" train run.yaml run.dir=now
grep -q "^  update_every: 3$" now/config.yaml
grep -q "^  batch: 4$" now/config.yaml
if h5diff whole/checkpoints/step-00000012.h5 now/checkpoints/step-00000012.h5 \
    /model >/dev/null; then exit 1; fi

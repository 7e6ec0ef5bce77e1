#!/usr/bin/env bash
# test_take_over.sh - a run goes on with another schedule, other blocks, another
# cut or another number of items an update: drained first, said so, the same bits
# on any number of ranks, and exact resumes afterwards.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run

# begin SCHEDULE [key=value ...]: 7 of 12 items, stopped, in folder begun
begin() {
    rm -rf begun
    mpirun -n 2 "$sidle" train run.yaml run.dir=begun run.steps=7 parallel.schedule="$@" \
        optim.decay=constant model.dropout=0.1 >log 2>&1 || { cat log; exit 1; }
    rm begun/checkpoints/final.h5
}

# go_on NAME RANKS [key=value ...]: from a copy of it, to the end
go_on() {
    local name=$1 ranks=$2
    shift 2
    rm -rf run
    cp -a begun run
    mpirun -n $ranks "$sidle" train run.yaml optim.decay=constant run.steps=12 \
        checkpoint.every=4 checkpoint.keep=9 model.dropout=0.1 "$@" >went 2>&1 || { cat went; exit 1; }
    checksums run/checkpoints/final.h5 >$name
}

for change in "pipedream parallel.schedule=sideways parallel.blocks=2" \
    "sideways parallel.schedule=pipedream parallel.blocks=0 parallel.partition=[cross,self.001]" \
    "zero-bubble parallel.schedule=delayed parallel.blocks=3 parallel.update_every=2"; do
    read -r before after <<<"$change"
    begin $before parallel.update_every=3
    go_on one 1 parallel.update_every=3 $after
    grep -q "draining .*step-00000007.h5, step 7, with schedule $before and 4 blocks" went
    grep -q "changed: parallel.schedule from $before to .*: the pipe is drained first" went
    go_on two 2 parallel.update_every=3 $after
    cmp one two || { echo "$change: 2 ranks have other bits than one"; exit 1; }
    # killed on the way, in the new plan: an exact resume, nothing is drained
    rm run/checkpoints/final.h5 run/checkpoints/step-00000012.h5
    expect 0 "resuming from .*step-00000008.h5" mpirun -n 2 "$sidle" train run.yaml \
        optim.decay=constant run.steps=12 checkpoint.every=4 checkpoint.keep=9 \
        model.dropout=0.1 parallel.update_every=3 $after
    if grep -q drain said; then
        echo "$change: drained twice"
        exit 1
    fi
    checksums run/checkpoints/final.h5 >again
    cmp one again || { echo "$change: a resume after it has other bits"; exit 1; }
    h5dump -d /pipeline/start run/checkpoints/final.h5 | grep "(0): 7" >/dev/null
done

# More blocks and ranks than before.
begin 1f1b parallel.blocks=2
go_on one 1 parallel.blocks=4
go_on four 4 parallel.blocks=4
cmp one four

# Exact schedules are one mathematics: no bit is lost by the change.
begin gpipe
go_on changed 2 parallel.schedule=backprop
h5dump -d /pipeline/start run/checkpoints/final.h5 | grep "(0): 7" >/dev/null
cp run/checkpoints/final.h5 changed.h5
rm -r run
mpirun -n 2 "$sidle" train run.yaml optim.decay=constant run.steps=12 model.dropout=0.1 \
    parallel.schedule=backprop >log 2>&1
for group in /model /optimizer; do
    h5diff changed.h5 run/checkpoints/final.h5 $group $group
done

# A cut that is written in another way is no other cut.
begin pipedream "parallel.partition=[cross, self.000, self.001, final]"
go_on one 2 parallel.partition=cross,self.000,self.001,final
if grep -q drain went; then
    echo "the same cut was drained"
    exit 1
fi

# Blocks that cannot be, and another model, are refused, and nothing is lost.
expect 64 "blocks" "$sidle" train run.yaml run.dir=begun run.steps=12 parallel.blocks=9 \
    model.dropout=0.1 optim.decay=constant
expect 64 "model.width is 32" "$sidle" train run.yaml run.dir=begun run.steps=12 \
    parallel.blocks=2 model.width=32 model.dropout=0.1
expect 0 "every checksum" "$sidle" verify begun/checkpoints/step-00000007.h5

# A damaged file: said by the ranks that read it, one word for all.
begin pipedream parallel.blocks=2
rm begun/checkpoints/step-0000000[36].h5
printf x | dd of=begun/checkpoints/step-00000007.h5 bs=1 conv=notrunc \
    seek=$(($(stat -c %s begun/checkpoints/step-00000007.h5) - 4096)) 2>/dev/null
expect 74 "none of the 1 checkpoints|the 1 checkpoint in .* does not verify" mpirun -n 3 "$sidle" train run.yaml \
    run.dir=begun run.steps=12 parallel.blocks=4 model.dropout=0.1 optim.decay=constant

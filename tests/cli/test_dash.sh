#!/usr/bin/env bash
# test_dash.sh - "-" is standard input where that can be read, and never a file
# of that name.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run run

# a configuration comes through it, to rank 0 alone
"$sidle" train - --dry-run <run.yaml >said 2>&1
grep -q "4 blocks on 1 rank" said
"$sidle" train - run.steps=3 eval.every=0 <run.yaml >said 2>&1
mpirun -n 2 "$sidle" train - eval.every=0 <run.yaml >log 2>&1 || ended_well $?
"$sidle" verify run/checkpoints/step-00000006.h5 >/dev/null
"$sidle" plan - --ranks 2 --json <run.yaml >said
grep -q '"partition"' said
"$sidle" bench tick - --items 2 --json <run.yaml >said
grep -q '"gflops"' said
expect 64 "run.dir" "$sidle" train - # standard input is empty there
printf 'optim: {lr: much}\n' | cat run.yaml - >wrong.yaml
code=0
"$sidle" train - <wrong.yaml >said 2>&1 || code=$?
[ $code -eq 64 ] && grep -q "standard input:" said

# where it cannot be, it is refused, and nothing of that name is made
refused() {
    expect 64 "'-'" "$@"
    grep -q "\./-" said
    [ ! -e - ]
}
for command in eval sample inspect verify; do
    refused "$sidle" $command -
done
refused "$sidle" plan run.yaml --ranks 2 --svg -
refused "$sidle" plan run.yaml --ranks 2 --trace -
refused "$sidle" train run.yaml --resume -
refused "$sidle" train run.yaml --init -
for key in run.dir data.path data.valid_path; do
    refused "$sidle" train run.yaml $key=-
done
refused "$sidle" eval run data.valid_path=-
# a file of that name has a path
cp run.yaml ./-
expect 0 "4 blocks on 1 rank" "$sidle" train ./- --dry-run

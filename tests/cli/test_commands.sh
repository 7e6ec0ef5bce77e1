#!/usr/bin/env bash
# test_commands.sh - every command does its work, and its help says how.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run

expect 0 "Usage: sidle COMMAND" "$sidle" --help
expect 0 "BLIS: .*kernels" "$sidle" --version
expect 0 "optim.matrix_lr" "$sidle" --options
for command in train eval sample inspect verify plan bench; do
    expect 0 "Usage: sidle $command" "$sidle" $command --help
done
expect 0 "4 blocks on 1 rank" "$sidle" train run.yaml --dry-run
expect 0 "120 blocks on 1 rank" "$sidle" train run.yaml --dry-run model.layers=130 parallel.blocks=120
[ ! -e run ]
expect 0 "final.h5" mpirun -n 3 "$sidle" train run.yaml
[ -L run/checkpoints/latest.h5 ]
[ "$(readlink run/checkpoints/latest.h5)" = step-00000006.h5 ]
[ -s run/config.yaml ] && [ -s run/train.log ]
grep -q '^step,' run/metrics.csv
ls run/events.out.tfevents.* >/dev/null
# what was not measured is not told
make_config plain
expect 0 "final.h5\$" "$sidle" train plain.yaml eval.every=0 log.every=0 eval.at_end=false
expect 0 "this run is finished" "$sidle" train run.yaml
expect 0 "4 blocks on 1 rank" "$sidle" train run.yaml --dry-run
expect 0 "^loss 5\\.[0-9]* nats" "$sidle" eval run/checkpoints/final.h5
"$sidle" eval --json run/checkpoints/final.h5 >eval.json
grep -q '"bits_per_token"' eval.json && grep -q '"accuracy"' eval.json
# a file is named: all of it, or its end; what is not needed may be gone
cp text.txt other.txt
expect 0 " 12[0-9]{3} tokens" "$sidle" eval run/checkpoints/final.h5 \
    data.valid_path=other.txt data.path=gone.txt
make_config with_valid
expect 0 "finished" "$sidle" train with_valid.yaml data.valid_path=other.txt
expect 0 " 12[0-9]{3} tokens" "$sidle" eval with_valid/checkpoints/final.h5
expect 0 " 12[0-9]{2} tokens" "$sidle" eval with_valid/checkpoints/final.h5 \
    data.path=other.txt
expect 0 "/model/self/001/mlp_up/weight +64 x 16" "$sidle" inspect run/checkpoints/final.h5
expect 0 '"parameters"' "$sidle" inspect --json run/checkpoints/final.h5
expect 0 "DATASET \"token\"" h5dump -H -g /model/embed run/checkpoints/final.h5
expect 0 "gemm m 1024" "$sidle" bench gemm
expect 0 "of gemm" "$sidle" bench tick run.yaml --items 3
expect 0 '"fraction_of_gemm"' mpirun -n 2 "$sidle" bench tick run.yaml --items 3 --json

# sampling: the prompt comes first, seeds repeat, exact and cached agree
"$sidle" sample run/checkpoints/final.h5 --prompt ab --length 8 --seed 5 >one 2>/dev/null
"$sidle" sample run/checkpoints/final.h5 --prompt ab --length 8 --seed 5 --exact >two 2>/dev/null
cmp one two
[ "$(head -c 2 one)" = ab ]
"$sidle" sample run/checkpoints/final.h5 --length 40 --greedy --format ids >long
[ "$(wc -w <long)" -le 40 ]
head -c 60 text.txt >prompt.txt # longer than the context of 24
expect 0 "tokens" "$sidle" sample run/checkpoints/final.h5 --prompt-file prompt.txt --length 5 --stats

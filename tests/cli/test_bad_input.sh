#!/usr/bin/env bash
# test_bad_input.sh - each mistake ends with one clear message and its code.
# timeout: 180
. "$(dirname "$0")/expect.sh"
make_text
make_config run

expect 64 "not a command; did you mean \"train\"" "$sidle" trian
expect 64 "no configuration is given" "$sidle" train
expect 64 "unrecognized option" "$sidle" train --nonsense run.yaml
expect 64 "not key=value" "$sidle" train run.yaml optim.lr
expect 74 "missing.yaml.*No such file" "$sidle" train missing.yaml
expect 64 "optim.1r.*optim.lr" "$sidle" train run.yaml optim.1r=1
expect 64 "run.steps" "$sidle" train run.yaml run.steps=many
expect 64 "latents.*context|context.*latents" "$sidle" train run.yaml model.latents=25
expect 64 "heads" "$sidle" train run.yaml model.heads=3
expect 64 "schedule" "$sidle" train run.yaml parallel.schedule=gpip
expect 64 "partition|self.007" "$sidle" train run.yaml 'parallel.partition=[cross, self.007]' parallel.blocks=2
expect 64 "blocks" "$sidle" train run.yaml parallel.blocks=9
expect 74 "gone.txt.*No such file" "$sidle" train run.yaml data.path=gone.txt
: >empty.txt
expect 65 "empty" "$sidle" train run.yaml data.path=empty.txt
printf 'run: {dir: a, steps: 1}\nrunn: {dir: b}\n' >key.yaml
expect 64 'key.yaml:2.*runn' "$sidle" train key.yaml
printf 'run: {dir: a\n' >broken.yaml
expect 64 'broken.yaml:' "$sidle" train broken.yaml
expect 64 "more than|ranks for" mpirun -n 5 "$sidle" train run.yaml
: >file
expect 74 "file" "$sidle" train run.yaml run.dir=file
expect 64 "steps" "$sidle" train run.yaml run.steps=0
expect 64 "'run.steps' is '1000000000000001', expected an integer, 0 to 1000000000000000" \
    "$sidle" train run.yaml run.steps=1000000000000001
expect 64 "'optim.eps' is '1e-46', which becomes 0 in single precision" \
    "$sidle" train run.yaml optim.eps=1e-46
expect 64 "'optim.lr' is '1e39', expected a number" "$sidle" train run.yaml optim.lr=1e39
expect 64 "unknown key 'optim.learning_rate'; did you mean 'optim.lr'" \
    "$sidle" train run.yaml optim.learning_rate=1
expect 64 "'model.width' is 1, and 'model.embed_width', which is not set" \
    "$sidle" train run.yaml model.width=1 model.heads=1
printf 'optim:\n  lr:1e-3\n' >blank.yaml
expect 64 "blank.yaml:2: .*'lr:1e-3': a space is missing after the colon" \
    "$sidle" train blank.yaml
printf 'run: {steps: 1}\n\xef\xbb\xbfoptim: {lr: 1e-3}\n' >mark.yaml
expect 64 "mark.yaml:2: the character U.FEFF" "$sidle" train mark.yaml
printf 'optim:\n  # lr: 1e-3\nmodel: {tie: False}\n' | cat run.yaml - |
    sed '/^optim:  /d; /^model:  /d' >null.yaml
expect 0 "schedule" "$sidle" train null.yaml --dry-run optim.nesterov=TRUE
expect 64 "--items is ten, expected an integer" "$sidle" bench tick run.yaml --items ten
expect 64 "bench gemm takes no configuration" "$sidle" bench gemm run.yaml
mkfifo pipe
expect 74 "pipe.*regular file" "$sidle" train run.yaml data.path=pipe
expect 74 "pipe" "$sidle" eval pipe
# nothing was lost or made on the way
[ ! -e run ] || [ -z "$(ls run/checkpoints 2>/dev/null)" ]

# checkpoints that are none
"$sidle" train run.yaml >/dev/null 2>&1
good=run/checkpoints/final.h5
head -c 1000 "$good" >truncated.h5
cp text.txt foreign.h5
for command in eval sample inspect verify; do
    expect 74 "absent.h5.*No such file" "$sidle" $command absent.h5
    expect 65 "foreign.h5" "$sidle" $command foreign.h5
    expect 65 "truncated.h5" "$sidle" $command truncated.h5
done
expect 0 "every checksum" "$sidle" verify "$good"
# a flipped bit in the middle of a parameter
cp "$good" flipped.h5
offset=$(h5dump -p -H -d /model/embed/token "$good" | sed -n 's/.*OFFSET \([0-9]*\).*/\1/p')
printf '\x5a' | dd of=flipped.h5 bs=1 seek=$((offset + 101)) conv=notrunc status=none
expect 74 "/model/embed/token" "$sidle" verify flipped.h5
expect 74 "/model/embed/token" "$sidle" eval flipped.h5
expect 74 "/model/embed/token" "$sidle" sample flipped.h5 --length 3
expect 0 "loss" "$sidle" eval --no-verify flipped.h5

expect 64 "valid" "$sidle" eval "$good" data.valid_fraction=0
expect 64 "model" "$sidle" eval "$good" model.width=32
expect 64 "length" "$sidle" sample "$good" --length -3
expect 64 "temperature" "$sidle" sample "$good" --temperature warm
expect 74 "prompt.txt" "$sidle" sample "$good" --prompt-file prompt.txt
expect 64 "top-p is 1.5, expected a number from 0 to 1" "$sidle" sample "$good" --top-p 1.5
expect 64 "more than 67108864 bytes" "$sidle" sample "$good" --prompt-file /dev/zero
expect 64 "format" "$sidle" sample "$good" --format mp3
expect 64 "finished|never" "$sidle" train run.yaml --resume never
expect 64 "seed" "$sidle" train run.yaml run.seed=4
expect 64 "model.width" "$sidle" train run.yaml model.width=32 run.steps=9
expect 64 "drained" timeout 60 "$sidle" train run.yaml --resume "$good"
expect 64 "exclude" "$sidle" train run.yaml --init "$good" --resume "$good"
expect 64 "init" "$sidle" train run.yaml run.dir=other model.width=32 --init "$good"
expect 64 "has the parameter /model/self/" "$sidle" train run.yaml run.dir=other model.layers=0 parallel.blocks=2 --init "$good"
echo "more" >>text.txt
cp run/metrics.csv run/config.yaml .
expect 64 "data.path" "$sidle" train run.yaml run.steps=9
# a start that is refused leaves the records of the run as they are
cmp metrics.csv run/metrics.csv
cmp config.yaml run/config.yaml

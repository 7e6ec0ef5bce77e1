#!/usr/bin/env bash
# test_data_kind.sh - a file of another kind is no text, unless that is meant;
# a token file is refused with lines that make a right one; user blocks are
# passed over.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run run.steps=2
gzip -k text.txt
tar -cf text.tar text.txt

# Every key and command that takes a file.
words="data.path\) is a gzip file, not a text; unpack it, or .* data.raw=true"
expect 65 "$words" "$sidle" train run.yaml data.path=text.txt.gz
expect 65 "$words" "$sidle" train run.yaml data.path=text.txt.gz --dry-run
expect 65 "$words" "$sidle" plan run.yaml --ranks 1 data.path=text.txt.gz
expect 65 "valid_path\) is a tar archive" "$sidle" train run.yaml data.valid_path=text.tar
expect 65 "is an ELF program" "$sidle" train run.yaml "data.path=$sidle"

# Meant: it trains, and goes on only as it began.
expect 0 "finished" "$sidle" train run.yaml data.path=text.txt.gz data.raw=true
expect 64 "data.raw is false, but .* has true" \
    "$sidle" train run.yaml data.path=text.txt.gz data.raw=false run.steps=8
expect 0 "finished" "$sidle" train run.yaml data.path=text.txt.gz run.steps=8
expect 64 "'data.raw' is for data.kind=text" "$sidle" train run.yaml \
    run.dir=new data.kind=tokens data.raw=true

make_config plain
expect 0 "finished" "$sidle" train plain.yaml
final=plain/checkpoints/final.h5
expect 65 "data.path\) is a tar archive" "$sidle" eval $final data.path=text.tar
expect 65 "valid_path\) is a gzip" "$sidle" eval $final data.valid_path=text.txt.gz
expect 0 "^loss" "$sidle" eval $final data.valid_path=text.txt.gz data.raw=true
expect 65 "is a checkpoint of Sidle, not a text" "$sidle" train plain.yaml data.path=$final run.dir=other

# The kinds taken for one another: what to write, and the whole recipe.
expect 65 "for a text write data.kind=text" "$sidle" train plain.yaml run.dir=other data.kind=tokens
grep -q '^f.attrs\["format"\] = "sidle-tokens"$' said
grep -q '^f.close()$' said
lacks "not as a token file" said
expect 65 "it is a gzip file, not an HDF5 file" \
    "$sidle" train plain.yaml run.dir=other data.kind=tokens data.path=text.txt.gz

# Less than an item is told, and trained on.
head -c 20 text.txt >tiny.txt
expect 0 "warning: tiny.txt has 20 tokens to train on, fewer than one item" \
    "$sidle" train plain.yaml run.dir=tiny data.path=tiny.txt run.steps=1
grep -q "held out: its last 2 bytes" tiny/train.log

# A checkpoint behind a user block is a checkpoint in every command.
head -c 1024 /dev/zero | cat - $final >blocked.h5
expect 0 "every checksum" "$sidle" verify blocked.h5
expect 0 "parameters" "$sidle" inspect blocked.h5
"$sidle" eval $final --json >plain.json
"$sidle" eval blocked.h5 --json >blocked.json
cmp plain.json blocked.json
expect 0 "" "$sidle" sample blocked.h5 --length 2
expect 0 "starting with the parameters of" "$sidle" train plain.yaml run.dir=init --init blocked.h5
step=step-00000003.h5
mkdir -p again/checkpoints
head -c 512 /dev/zero | cat - plain/checkpoints/$step >again/checkpoints/$step
expect 0 "resuming from again/checkpoints/$step" \
    "$sidle" train plain.yaml run.dir=again run.name=plain
for part in /model /optimizer; do
    h5dump -g $part $final | tail -n +2 >plain.txt
    h5dump -g $part again/checkpoints/final.h5 | tail -n +2 >again.txt
    cmp plain.txt again.txt
done

#!/usr/bin/env bash
# test_escapes.sh - names that came from outside move no cursor and make no line
# of their own: control characters and what is no UTF-8 are shown as numbers.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run

esc=$'a\e[31mred\n\xff\xc2\x9bz'
shown='a\\x1b\[31mred\\n\\xff\\xc2\\x9bz'

# clean FILE: text for people
clean() {
    if LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' "$1" ||
        ! iconv -f utf-8 -t utf-8 "$1" >/dev/null 2>&1; then
        echo "FAIL: bytes that no person can read:" >&2
        od -c "$1" >&2
        exit 1
    fi
}
# shows CODE COMMAND...: the name is told, in a form that harms nobody
shows() {
    local code=$1
    shift
    expect "$code" "$shown" "$@"
    clean said
}

shows 64 "$sidle" "$esc"
shows 64 "$sidle" help "$esc"
for command in train eval sample inspect verify plan bench; do
    shows 64 "$sidle" $command "--$esc"
done
shows 74 "$sidle" train "$esc"
shows 74 "$sidle" plan "$esc" --ranks 2
shows 64 "$sidle" plan run.yaml --ranks "$esc"
shows 74 "$sidle" plan run.yaml --ranks 2 --svg "$esc/x"
shows 74 "$sidle" plan run.yaml --ranks 2 --trace "$esc/x"
shows 64 "$sidle" bench "$esc"
shows 74 "$sidle" bench tick "$esc"
shows 64 "$sidle" train run.yaml "$esc"
for word in "$esc=1" "optim.lr=$esc" "data.path=$esc" "run.dir=$esc"; do
    expect 64 "byte 0x1b is not text" "$sidle" train run.yaml "$word"
    clean said
done
shows 74 "$sidle" train run.yaml --init "$esc"
shows 74 "$sidle" train run.yaml --resume "$esc"
for command in eval sample inspect verify; do
    shows 74 "$sidle" $command "$esc"
done
mpirun -n 2 "$sidle" train "$esc" >said 2>&1 && exit 1
grep -q "$shown" said
clean said

# a file of such a name, and what train.log has of a run with one
expect 0 "finished" "$sidle" train run.yaml run.steps=3 eval.every=0
cp run/checkpoints/final.h5 "$esc.h5"
shows 0 "$sidle" verify "$esc.h5"
shows 74 "$sidle" sample run --prompt-file "$esc"
shows 64 "$sidle" sample run --format "$esc"
shows 64 "$sidle" sample run --length "$esc"
shows 64 "$sidle" sample run "$esc"
mkdir "$esc"
shows 74 "$sidle" eval "$esc"
rm run/checkpoints/final.h5
printf 'no checkpoint' >"run/checkpoints/$esc.h5"
expect 0 "finished" "$sidle" train run.yaml run.steps=5 eval.every=0 \
    --init "$esc.h5" run.dir=other
clean said
clean other/train.log
grep -q "$shown" other/train.log

#!/usr/bin/env bash
# test_output.sh - a standard output that takes nothing is an error of its own.
# timeout: 60
. "$(dirname "$0")/expect.sh"
make_text
make_config run
"$sidle" train run.yaml >/dev/null 2>&1
good=run/checkpoints/final.h5
cp "$good" before.h5

# ends_with CODE COMMAND...: its standard output is the shell's
ends_with() {
    local want=$1 code=0
    shift
    "$@" 2>said || code=$?
    [ "$code" -eq "$want" ] && return
    echo "FAIL: \"$*\" ended with $code, expected $want" >&2
    cat said >&2
    exit 1
}

commands=("--help" "train --help" "help plan" "bench --usage" "--version" "--options"
    "eval $good" "eval --json $good"
    "inspect $good" "inspect --json $good" "verify $good"
    "sample $good --length 5")
for words in "${commands[@]}"; do
    ends_with 74 "$sidle" $words >/dev/full
    grep -q "standard output\|JSON object" said
    ends_with 74 "$sidle" $words >&-
done
# no file takes the place of the closed streams
ends_with 0 "$sidle" train run.yaml run.steps=9 <&- >&-
if cmp -s "$good" before.h5; then exit 1; fi
"$sidle" verify run/checkpoints/step-00000009.h5
# a reader that has enough ends the text
"$sidle" sample "$good" --prompt "In the beginning" --length 100000 2>/dev/null |
    head -c 10 >some || true
[ "$(cat some)" = "In the beg" ]

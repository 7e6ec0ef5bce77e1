#!/usr/bin/env bash
# test_help.sh - help is found however it is asked for, and options wherever they
# stand, in each command alike.
# timeout: 60
. "$(dirname "$0")/expect.sh"
commands="train eval sample inspect verify plan bench"

for words in "" "help" "-h" "--help" "-?" "help help" "help --help"; do
    code=0
    [ -n "$words" ] || code=64
    expect $code "^Usage: sidle COMMAND" "$sidle" $words
done
for command in $commands; do
    expect 0 "^Usage: sidle $command" "$sidle" $command --help
    grep -q -- "-h, -?, --help" said
    mv said want
    for words in "$command -h" "$command -?" "help $command" "--help $command" \
        "$command help"; do
        expect 0 "^Usage: sidle $command" "$sidle" $words
        cmp want said
    done
    expect 0 "^Usage: sidle $command \[" "$sidle" $command --usage
    expect 64 "^sidle $command: unrecognized option '--wrong'" "$sidle" $command --wrong
done
# the value of an option is no wish for help
expect 64 "no checkpoint is given" "$sidle" sample --prompt -h
# a file of that name is a file
cp /dev/null help
expect 64 "requires|required|missing|run.dir" "$sidle" train help
rm help

# what nearly is a command, or is called so elsewhere
for words in trian:train evaluate:eval generate:sample benchmark:bench \
    "help resume:train" --optoins:--options hepl:help options:--options; do
    expect 64 "is not a command; did you mean \"${words#*:}\"" "$sidle" ${words%:*}
done
for words in "help options" "help --options" "-h options"; do
    expect 0 "^  run.steps +an integer" "$sidle" $words
done
expect 0 "^sidle [0-9]" "$sidle" help version
expect 64 "\"xylophone\" is not a command; see" "$sidle" xylophone

# options behind arguments, also where POSIXLY_CORRECT is set
make_text
make_config run
export POSIXLY_CORRECT=1
expect 0 "4 blocks" "$sidle" train run.yaml run.steps=3 --dry-run
expect 0 "finished" "$sidle" train run.yaml run.steps=3 --resume auto
file=run/checkpoints/final.h5
expect 0 '"loss"' "$sidle" eval $file eval.stride=4 --json
expect 0 "" "$sidle" sample $file --length 3 --greedy
expect 0 '"parameters"' "$sidle" inspect $file --json
expect 0 "Usage: sidle verify" "$sidle" verify $file --help
expect 0 '"' "$sidle" plan run.yaml --ranks 1 --json
expect 0 '"seconds_per_item"' "$sidle" bench tick run.yaml --items 1 --json
# behind -- there are none
expect 64 "\"--dry-run\" is not key=value" "$sidle" train run.yaml -- --dry-run

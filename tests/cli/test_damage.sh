#!/usr/bin/env bash
# test_damage.sh - a damaged checkpoint: every command says so, inspect shows
# what can still be read, and --no-verify is a way in where bytes are wrong.
# timeout: 180
. "$(dirname "$0")/expect.sh"
make_text
make_config run
"$sidle" train run.yaml >/dev/null 2>&1
good=run/checkpoints/final.h5

# place PATH: the byte of the file where a data set begins.
place() {
    h5dump -p -H -d "$1" "$good" | sed -n 's/.*OFFSET \([0-9]*\).*/\1/p'
}

# damaged NAME BYTE TEXT: a copy with other bytes at one place.
damaged() {
    cp "$good" "$1"
    printf "$3" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

expect 0 '"damage": \[ *\]' "$sidle" inspect --json "$good"
if grep -q DAMAGED <<<"$("$sidle" inspect --all "$good")"; then
    echo "FAIL: damage was seen where there is none" >&2
    exit 1
fi

# bytes of a parameter
damaged parameter.h5 $(($(place /model/embed/token) + 101)) '\x5a'
expect 74 "/model/embed/token.*DAMAGED" "$sidle" inspect parameter.h5
expect 74 "^sidle: .*is damaged: 1 of its arrays and 0 places" \
    "$sidle" inspect parameter.h5
grep -q "width: 16" said
grep -Eq "/model/self/001/mlp_up/weight +64 x 16 +norm [0-9.]+ +range" said
[ "$(grep -c DAMAGED said)" = 1 ]
expect 74 '"damage": "[^"]*/model/embed/token[^"]*checksum' \
    "$sidle" inspect --json parameter.h5
expect 74 "/model/embed/token" "$sidle" train run.yaml run.steps=9 \
    --resume parameter.h5
expect 0 "loss" "$sidle" eval --no-verify parameter.h5
expect 0 "" "$sidle" sample --no-verify parameter.h5 --length 3
for command in eval sample; do
    expect 0 "no-verify.*checksums" "$sidle" $command --help
done

# the list of checksums itself: the weights are whole, and can be had
at=$(grep -abo 'model/embed/token' "$good" | tail -n 1 | cut -d: -f1)
damaged list.h5 $((at + 2)) 'Z'
expect 74 "is damaged" "$sidle" eval list.h5
expect 0 "loss" "$sidle" eval --no-verify list.h5

# the optimizer's: shown without --all since it is damaged
damaged optimizer.h5 $(($(place /optimizer/embed/token/m) + 7)) '\x5a'
expect 74 "/optimizer/embed/token/m" "$sidle" verify optimizer.h5
expect 74 "/optimizer/embed/token/m.*DAMAGED" "$sidle" inspect optimizer.h5

# /config: no command takes it for the truth, and no byte of it reaches a
# terminal as it is
damaged config.h5 $(($(place /config) + 8)) '\x1b[31m'
for command in verify eval sample; do
    expect 74 "/config.*checksum" "$sidle" $command config.h5
done
expect 74 "/config.*checksum" "$sidle" inspect config.h5
if grep -q $'\x1b' said; then
    echo "FAIL: a control character was printed" >&2
    exit 1
fi
grep -q "/model/self/001/mlp_up/weight" said
expect 74 "/config.*checksum" "$sidle" inspect --json config.h5

# a name: one data set is lost, the others are shown
at=$(grep -abo mlp_down "$good" | sed -n 1p | cut -d: -f1)
damaged name.h5 "$at" 'x'
expect 74 "xlp_down" "$sidle" verify name.h5
expect 74 "lists '/model/.*/mlp_down/" "$sidle" inspect name.h5
grep -q "/model/embed/token" said

# an attribute of the root
at=$(grep -abo '0\.1\.0' "$good" | sed -n 1p | cut -d: -f1)
damaged attribute.h5 "$at" '9'
expect 74 "attributes of '/' are damaged" "$sidle" verify attribute.h5
expect 74 "sidle 9.1.0" "$sidle" inspect attribute.h5

# --resume auto: a damaged file is passed over, one that nobody can look at
# may be good and is not
mkdir run/checkpoints/step-00000009.h5
expect 74 "step-00000009.h5.*Is a directory.*move it away" \
    "$sidle" train run.yaml run.steps=9 --resume auto
rmdir run/checkpoints/step-00000009.h5
cp parameter.h5 run/checkpoints/step-00000009.h5
expect 0 "rejected: .*step-00000009.h5" \
    "$sidle" train run.yaml run.steps=9 --resume auto

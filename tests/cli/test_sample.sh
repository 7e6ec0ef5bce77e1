#!/usr/bin/env bash
# test_sample.sh - a sample on a terminal and through a pipe, several of them,
# numbers of tokens, a prompt from standard input, figures on their own line.
# timeout: 120
. "$(dirname "$0")/expect.sh"
terminal=$(dirname "$sidle")/terminal
make_text
make_config run
# all logits are equal: every byte comes, also those that are no text
"$sidle" train run.yaml run.steps=1 checkpoint.at_start=true eval.every=0 >/dev/null 2>&1
file=run/checkpoints/step-00000000.h5
s() { "$sidle" sample $file --length 30 "$@"; }
# of_ids: the bytes that the numbers of one line stand for
of_ids() {
    for id in $(cat); do printf "\\x$(printf %x $((id - 3)))"; done
}

# through a pipe: the bytes of the tokens, and nothing else
s --prompt ab --format ids >ids 2>err
[ ! -s err ]
[ "$(wc -l <ids)" -eq 1 ]
s --prompt ab >text 2>err
[ ! -s err ]
of_ids <ids | cmp - text
# no newline of its own, nothing of nothing
[ "$("$sidle" sample $file --length 0 --prompt ab | od -An -c | tr -d ' ')" = ab ]
[ "$("$sidle" sample $file --length 0 | wc -c)" -eq 0 ]

# on a terminal: characters, and a newline at the end
"$terminal" 80 -- "$sidle" sample $file --length 30 --prompt ab >seen
iconv -f utf-8 -t utf-8 raw >/dev/null
lacks ESC seen
grep -q $'\xef\xbf\xbd' raw
[ "$(tail -c 1 raw | od -An -c | tr -d ' ')" = '\n' ]
"$terminal" 80 -- "$sidle" sample $file --length 0 --prompt $'end\n' >seen
[ "$(od -An -c raw | tr -d ' \n')" = 'end\r\n' ]

# several: apart by a zero byte, by what is asked for, or by lines of numbers
for i in 1 2 3; do
    s --count 3 --format ids 2>/dev/null | sed -n ${i}p | of_ids >text.$i
done
cmp text.1 <(s)
s --count 3 >all
cmp all <(cat text.1; printf '\0'; cat text.2; printf '\0'; cat text.3)
s --count 3 --separator '<\x1e\n\\>' >all
cmp all <(cat text.1; printf '<\x1e\n\\>'; cat text.2; printf '<\x1e\n\\>'; cat text.3)
s --count 3 --separator '' >all
cmp all <(cat text.1 text.2 text.3)
s --count 3 --format ids >all 2>&1
[ "$(wc -l <all)" -eq 3 ]
lacks '[^0-9 ]' all
s --count 2 --length 0 --format ids >all
[ "$(wc -l <all)" -eq 2 ]
expect 64 "after a backslash" "$sidle" sample $file --separator '\q'
expect 64 "one line per sequence" "$sidle" sample $file --separator x --format ids

# the prompt from standard input, or from a file of that name
printf 'a\0\xff' | s --prompt-file - >text
[ "$(head -c 3 text | od -An -tx1 | tr -d ' ')" = 6100ff ]
printf hi | "$sidle" sample $file --length 0 --prompt-file - >text
[ "$(cat text)" = hi ]
[ "$("$sidle" sample $file --length 0 --prompt-file - </dev/null | wc -c)" -eq 0 ]
printf here >./-
[ "$("$sidle" sample $file --length 0 --prompt-file ./-)" = here ]
rm ./-

# figures: one line, on its own line, the rate once
figures='^3 sequences, [0-9]+ tokens, [0-9.]+ tokens/s, .*, 3 whole windows(, [0-9]+ ended by the model)?$'
s --count 3 --stats 2>err >/dev/null
grep -qE "$figures" err
[ "$(wc -l <err)" -eq 1 ]
[ "$(grep -o 'tokens/s' err | wc -l)" -eq 1 ]
lacks "tokens a second" err
"$sidle" sample $file --prompt ab --length 3 --stats >both 2>&1
grep -aqE "^1 sequence, [0-9]+ tokens?, [0-9.]+ tokens/s, " both
s --length 18 --stats --format ids 2>err >/dev/null
grep -qE "[0-9] refills? of the caches" err
"$terminal" 200 -- "$sidle" sample $file --length 3 --stats --prompt ab >seen
grep -aqE "^1 sequence, " seen

# of equal logits K are kept, and one of them is the likeliest
s --length 1 --count 60 --top-k 1 --format ids | sort -u >one
cmp one <(s --length 1 --greedy --format ids)
[ "$(s --length 1 --count 60 --top-k 3 --format ids | sort -u | wc -l)" -le 3 ]

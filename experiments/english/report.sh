#!/bin/sh
# report.sh - what README.md shows of a trained run: bits a byte of the held-out
# books, samples.txt and curve.svg. Run it in the root of the repository, after
# the training; SIDLE=program takes another one than build/sidle.
set -eu
here=experiments/english
run=${1:-runs/english/run}
sidle=${SIDLE:-build/sidle}

# A run that has ended has evaluated all of valid.txt itself.
if [ -e "$run/final.json" ]; then
    cat "$run/final.json"
fi
for part in valid-bible.txt valid-novel.txt; do
    printf '%-16s ' "$part"
    "$sidle" eval "$run" "data.valid_path=runs/english/$part"
done

# sample BOOK LINES: a continuation of the first LINES lines of a held-out book,
# without them, under the command that made it. Nearly all of a long text's items
# have the whole context before them, so a short prompt is nothing that the
# model knows.
sample() {
    prompt=$(mktemp)
    head -n "$2" "runs/english/$1" >"$prompt"
    printf '$ head -n %s runs/english/%s |\n' "$2" "$1"
    printf '    sidle sample %s --prompt-file - --length 1600 --temperature 0.8\n\n' \
        "$run"
    "$sidle" sample "$run" --prompt-file "$prompt" --length 1600 \
        --temperature 0.8 | tail -c "+$(($(wc -c <"$prompt") + 1))"
    printf '\n\n'
    rm "$prompt"
}
{
    sample valid-novel.txt 60
    sample valid-bible.txt 30
} >"$here/samples.txt"
"$here/../curve.py" "$run" "$here/curve.svg" "nats a byte" \
    "xz alone=1.657" "xz after the training text=1.438"

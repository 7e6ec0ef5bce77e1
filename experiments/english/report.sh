#!/bin/sh
# report.sh - what README.md shows of a trained run: bits a byte of the held-out
# books, samples.txt and curve.svg. Run it in the root of the repository, after
# the training; SIDLE=program takes another one than build/sidle.
set -eu
here=experiments/english
run=${1:-runs/english/run}
sidle=${SIDLE:-build/sidle}

for part in valid.txt valid-bible.txt valid-novel.txt; do
    printf '%-16s ' "$part"
    "$sidle" eval "$run" "data.valid_path=runs/english/$part" | tail -n 1
done

# sample PROMPT LENGTH: one continuation under the command that made it.
sample() {
    printf '$ printf "%s" |\n' "$1"
    printf '  sidle sample %s --prompt-file - --length %s --temperature 0.8\n\n' \
        "$run" "$2"
    printf '%b' "$1" | "$sidle" sample "$run" --prompt-file - --length "$2" \
        --temperature 0.8
    printf '\n\n'
}
{
    sample 'CHAPTER 1\n\n\n' 1600
    sample 'Ruth1:1 Now it came to pass' 800
    sample 'HOPE, n.  ' 200
} >"$here/samples.txt"
"$here/../curve.py" "$run" "$here/curve.svg" "nats a byte" xz=1.438

#!/bin/sh
# report.sh - what README.md shows of a trained run: losses on the valid and the
# test part, sample.txt and curve.svg. Run it in the root of the repository,
# after the training; SIDLE=program takes another one than build/sidle.
set -eu
here=experiments/chorales
run=${1:-runs/chorales/run}
sidle=${SIDLE:-build/sidle}
best=$run/checkpoints/best.h5

for part in valid test; do
    printf '%-6s' "$part"
    "$sidle" eval "$best" "data.valid_path=runs/chorales/$part.h5"
done
"$sidle" sample "$best" --prompt-file runs/chorales/prompt.txt --length 768 \
    --temperature 0.9 --format ids | python3 "$here/notes.py" >"$here/sample.txt"
"$here/../curve.py" "$run" "$here/curve.svg" "nats a token"

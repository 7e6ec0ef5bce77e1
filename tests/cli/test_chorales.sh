#!/usr/bin/env bash
# test_chorales.sh - experiments/chorales: chorales become token files that a run
# accepts, and what it generates from the prompt can be read as notes.
. "$(dirname "$0")/expect.sh"
here=$2/experiments/chorales
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

expect 1 "usage: .*make.py jsb_chorales_16th.json" $python "$here/make.py"

# The second chorale of the training part is a tone higher, so each is sung in
# the three keys between them; silence is not transposed.
$python - <<END
import json
def chorale(shift, steps):
    return [[60 + shift, 57 + shift, 52 + shift, -1 if i < 4 else 45 + shift]
            for i in range(steps)]
json.dump({"train": [chorale(0, 80), chorale(2, 100)],
           "valid": [chorale(1, 70)], "test": [chorale(1, 72)]},
          open("chorales.json", "w"))
END
expect 0 "train.h5: 6 documents, 2172 tokens" \
    $python "$here/make.py" chorales.json
for part in train valid test; do
    expect 0 "its structure is right" "$sidle" verify runs/chorales/$part.h5
done
expect 0 "ids 1 to 431; lengths of documents: least 322," \
    "$sidle" inspect runs/chorales/train.h5
expect 0 "1 document, 290 tokens" "$sidle" inspect runs/chorales/test.h5
[ "$(wc -w <runs/chorales/prompt.txt)" = 256 ]

expect 0 "finished" "$sidle" train "$here/chorales.yaml" run.updates=2 \
    model.width=12 model.heads=2 model.context=32 model.latents=16
"$sidle" sample runs/chorales/run --prompt-file runs/chorales/prompt.txt \
    --length 16 --format ids | $python "$here/notes.py" >notes.txt
expect 0 "^beat  soprano           alto              tenor             bass$" \
    cat notes.txt
expect 0 "^1.1   C#4 - - -         Bb3 - - -         F3 - - -          . - - -$" \
    cat notes.txt
expect 0 "^1.2   - - - -           - - - -           - - - -           Bb2 - - -$" \
    cat notes.txt

#!/usr/bin/env bash
# test_data_docs.sh - the lines of h5py in docs/data.md and in a refusal make the
# files that they promise.
# timeout: 120
. "$(dirname "$0")/expect.sh"
page=$2/docs/data.md
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

# All examples of the page, in their order.
awk '/^```python$/ { on = 1; next } /^```$/ { on = 0 } on' "$page" >examples.py
$python examples.py

expect 0 "40 documents, 240 tokens, vocabulary 13, ids 1 to 12; lengths of documents: least 5, median 6, most 7$" \
    "$sidle" inspect tokens.h5
expect 0 "1000 documents, [0-9]+ tokens, vocabulary 259, ids 1 to " "$sidle" inspect many.h5
expect 0 "3 clips, 60 frames of 24 x 32 x 3 .Y X C., 25 frames a second, 5 classes, labels 0 to 4 of clips; lengths of clips: least 12, median 18, most 30$" \
    "$sidle" inspect clips.h5
expect 0 "1 document, 3 tokens" "$sidle" inspect linked.h5
for file in tokens many clips linked; do
    expect 0 "its structure is right" "$sidle" verify $file.h5
done
"$sidle" inspect --json tokens.h5 >tokens.json
"$sidle" inspect --json clips.h5 >clips.json
$python - <<END
import json
t = json.load(open("tokens.json"))
assert t == {"format": "sidle-tokens", "vocab": 13, "documents": 40, "tokens": 240, "least_id": 1,
             "largest_id": 12, "shortest": 5, "median": 6, "longest": 7}, t
v = json.load(open("clips.json"))
assert v == {"format": "sidle-video", "clips": 3, "frames": 60, "shape": [24, 32, 3], "classes": 5, "fps": 25,
             "labels": {"count": 3, "none": 0, "least": 0, "largest": 4}, "shortest": 12, "median": 18,
             "longest": 30}, v
END

# The network of the page trains on the file of the page.
awk '/^```yaml$/ { on = 1; next } /^```$/ { on = 0 } on' "$page" >clips.yaml
expect 0 "finished" "$sidle" train clips.yaml

make_config run
small="run.steps=2 eval.every=0 data.kind=tokens data.valid_fraction=0"
expect 0 "data: tokens.h5, 40 documents of 240 tokens \(vocabulary 13\), all to train on" \
    "$sidle" train run.yaml $small data.path=tokens.h5 model.vocab=13

# The recipe of a refusal, as it is printed, makes a file for the same command.
expect 65 "^A token file is made like this" \
    "$sidle" train run.yaml $small data.path=examples.py model.vocab=13 run.dir=own
sed -n '/^import h5py/,/^f.close/p' said >recipe.py
cp tokens.h5 first.h5
$python recipe.py
expect 0 "finished" "$sidle" train run.yaml $small data.path=tokens.h5 model.vocab=13 run.dir=own
expect 0 "2 documents, 7 tokens, vocabulary 13" "$sidle" inspect tokens.h5

# What breaks the format is told by inspect (65) and verify (74).
cat >break.py <<'END'
import shutil, h5py, numpy
def other(f, name, data, **kw):
    del f[name]
    f.create_dataset(name, data=data, **kw)
def label(f, value): f["labels"][1] = value
def pad(f): f["tokens"][1] = 0
def end(f): f["offsets"][3] = 59
for i, (file, change) in enumerate([
        ("first", lambda f: other(f, "tokens", numpy.zeros((12, 20)))),
        ("first", pad),
        ("clips", lambda f: other(f, "frames", f["frames"][:].astype("int16"))),
        ("clips", lambda f: other(f, "frames", f["frames"][0])),
        ("clips", end),
        ("clips", lambda f: label(f, 5)),
        ("clips", lambda f: f.create_dataset("frame_labels", data=[0, 1])),
        ("clips", lambda f: f.attrs.modify("fps", -1.0)),
        ("clips", lambda f: other(f, "frames", f["frames"][:] * 0, compression="lzf")),
        ("first", lambda f: f.attrs.modify("vocab", 12))]):
    shutil.copy(file + ".h5", f"broken{i}.h5")
    with h5py.File(f"broken{i}.h5", "r+") as f:
        change(f)
END
$python break.py
i=0
while read -r words; do
    expect 65 "$words" "$sidle" inspect broken$i.h5
    i=$((i + 1))
done <<'END'
'/tokens' is not one dimension of integers, but float64 \(12, 20\)
document 0 has id 0 at place 1
'/frames' has other integers than uint8
'/frames' is not four dimensions of integers, but uint8 \(24, 32, 3\)
'/offsets' ends at 59, expected the number of frames, 60
'/labels' has label 5 at clip 1
'/frame_labels' has 2 labels, expected one for each of the 60 frames
'fps' is -1
'/frames' is compressed by filter 32000 \(lzf\)
END
expect 74 "document 0 has id 0 at place 1" "$sidle" verify broken1.h5
expect 74 "'fps' is -1" "$sidle" verify broken7.h5
expect 0 "has id 12, but its attribute vocab is 12" "$sidle" inspect broken9.h5
expect 74 "has id 12" "$sidle" verify broken9.h5
for command in inspect verify; do
    expect 65 "not a checkpoint.*missing; a data file has the attribute .* 'sidle-tokens'" \
        "$sidle" $command elsewhere.h5
done
expect 64 "data.kind.*video.*set model.kind=layers" "$sidle" train run.yaml data.kind=video data.path=clips.h5 run.dir=film

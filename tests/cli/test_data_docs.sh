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
awk '/^```python$/ { n++; on = 1; next } /^```$/ { on = 0 } on { print >"example" n ".py" }' "$page"
for i in 1 2 3 4; do
    $python example$i.py
done

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

make_config run
small="run.steps=2 eval.every=0 data.kind=tokens data.valid_fraction=0"
expect 0 "data: tokens.h5, 40 documents of 240 tokens \(vocabulary 13\), all to train on" \
    "$sidle" train run.yaml $small data.path=tokens.h5 model.vocab=13

# The recipe of a refusal, as it is printed, makes a file for the same command.
expect 65 "^A token file is made like this" \
    "$sidle" train run.yaml $small data.path=example1.py model.vocab=13 run.dir=own
sed -n '/^import h5py/,/^f.close/p' said >recipe.py
cp tokens.h5 first.h5
$python recipe.py
expect 0 "finished" "$sidle" train run.yaml $small data.path=tokens.h5 model.vocab=13 run.dir=own
expect 0 "2 documents, 7 tokens, vocabulary 13" "$sidle" inspect tokens.h5

# What breaks the format is told by inspect (65) and verify (74).
broken() { # broken WORDS FILE STATEMENT: of h5py, on a copy of the file
    cp "$2" broken.h5
    $python -c "import h5py, numpy; f = h5py.File('broken.h5', 'r+'); $3; f.close()"
    expect 65 "$1" "$sidle" inspect broken.h5
    expect 74 "$1" "$sidle" verify broken.h5
}
broken "'/tokens' is not one dimension of integers, but float64 \(12, 20\)" first.h5 \
    "del f['tokens']; f['tokens'] = numpy.zeros((12, 20))"
broken "document 0 has id 0 at place 1" first.h5 "f['tokens'][1] = 0"
broken "'/frames' has other integers than uint8" clips.h5 \
    "x = f['frames'][:].astype('int16'); del f['frames']; f['frames'] = x"
broken "'/frames' is not four dimensions" clips.h5 "x = f['frames'][0]; del f['frames']; f['frames'] = x"
broken "'/offsets' ends at 59, expected the number of frames, 60" clips.h5 "f['offsets'][3] = 59"
broken "'/labels' has label 5 at clip 1" clips.h5 "f['labels'][1] = 5"
broken "'/frame_labels' has 2 labels, expected one for each of the 60 frames" clips.h5 "f['frame_labels'] = [0, 1]"
broken "'fps' is -1" clips.h5 "f.attrs['fps'] = -1"
broken "'/frames' is compressed by filter 32000 \(lzf\)" clips.h5 \
    "x = f['frames'][:] * 0; del f['frames']; f.create_dataset('frames', data=x, compression='lzf')"
cp first.h5 broken.h5
$python -c "import h5py; f = h5py.File('broken.h5', 'r+'); f.attrs['vocab'] = 12"
expect 0 "has id 12, but its attribute vocab is 12" "$sidle" inspect broken.h5
expect 74 "has id 12" "$sidle" verify broken.h5
expect 65 "not a checkpoint" "$sidle" verify elsewhere.h5
expect 64 "data.kind.*'video'" "$sidle" train run.yaml data.kind=video data.path=clips.h5 run.dir=own

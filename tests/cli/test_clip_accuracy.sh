#!/usr/bin/env bash
# test_clip_accuracy.sh - the classes of whole clips, beside numpy: in a run's
# evaluations, at its end and by eval, on any number of ranks and replicas.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

# Frames are mostly noise, so that clips are often told where frames are not.
cat >make.py <<'END'
import h5py, numpy
random = numpy.random.default_rng(7)
lengths = random.integers(1, 14, 60)
lengths[5] = 0
offsets = numpy.cumsum([0, *lengths])
labels = random.integers(0, 4, 60)
frames = random.integers(0, 256, (offsets[-1], 4, 3, 2), "uint8")
for i, label in enumerate(labels):
    frames[offsets[i]:offsets[i + 1], label] = frames[offsets[i]:offsets[i + 1], label] * 0.8
def write(name, **sets):
    with h5py.File(name, "w") as f:
        f.attrs.update(format="sidle-video", format_version=1)
        f["frames"], f["offsets"] = frames, offsets
        for key in sets: f[key] = sets[key]
of_frames = numpy.repeat(labels, lengths)
of_frames[random.random(offsets[-1]) < 0.3] = -1 # frames without a label
of_frames[offsets[-3]] = 0                       # .. and a clip of two classes
of_frames[offsets[-3] + 1] = 1
labels[[4, -9]] = -1
write("clips.h5", labels=labels)
write("both.h5", labels=(labels + 1) % 4, frame_labels=of_frames)
END
$python make.py

# expected CHECKPOINT FILE FIRST_CLIP FRAMES: by the weights; FRAMES 0: all.
cat >expected.py <<'END'
import h5py, json, numpy, sys
checkpoint, file, first, last = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
with h5py.File(checkpoint) as f:
    W, b = [f["model/layer/001/" + n][:].astype("f8") for n in ("weight", "bias")]
with h5py.File(file) as f:
    x, offsets = f["frames"][:] / 127.5 - 1, f["offsets"][:]
    label = f["frame_labels"][:] if "frame_labels" in f else numpy.repeat(f["labels"][:], numpy.diff(offsets))
z = x.reshape(len(x), -1) @ W.T + b
p = z - numpy.log(numpy.exp(z).sum(1, keepdims=True))
end = min(offsets[first] + last, offsets[-1]) if last else offsets[-1]
hits, frames, right, clips = 0, 0, 0, 0
for i in range(first, len(offsets) - 1):
    at = numpy.arange(offsets[i], max(offsets[i], min(offsets[i + 1], end)))
    at = at[label[at] >= 0]
    frames += len(at)
    hits += int((p[at].argmax(1) == label[at]).sum())
    if len(set(label[at])) == 1:
        clips += 1
        right += int(p[at].mean(0).argmax() == label[at[0]])
print(json.dumps(dict(accuracy=hits / frames, tokens=frames, clip_accuracy=right / clips, clips=clips)))
END

# same WHAT GOT EXPECTED: the figures of EXPECTED stand in GOT.
same() {
    $python - "$@" <<'END'
import json, sys
got, wanted = [json.load(open(f)) for f in sys.argv[2:]]
for key in wanted:
    if key not in got or abs(got[key] - wanted[key]) > 1e-6:
        sys.exit(f"{sys.argv[1]}: {key} is {got.get(key)}, expected {wanted[key]}")
END
}

cat >row.py <<'END'
import csv, json
rows = list(csv.DictReader(open("run/metrics.csv")))
assert all((r["clip_accuracy"] != "") == (r["valid_loss"] != "") for r in rows)
row = [r for r in rows if r["valid_loss"]][-1]
print(json.dumps(dict(clip_accuracy=float(row["clip_accuracy"]), accuracy=float(row["valid_accuracy"]))))
END

cat >run.yaml <<'END'
run: {dir: run, steps: 60, seed: 3}
model: {kind: layers, layers: [flatten, linear: {width: 4}], loss: cross_entropy}
parallel: {blocks: 1, schedule: backprop}
data: {kind: video, path: clips.h5, batch: 3, order: shuffle, valid_fraction: 0.5}
optim: {warmup: 0, decay: constant, lr: 0.02, kind: sgd}
eval: {every: 20, items: 9}
log: {every: 20}
END
for file in clips both; do
    for ranks in 1 3; do
        rm -rf run
        expect 0 "clip accuracy 0\.[0-9]+ of [0-9]+ clips, all [0-9]+ held-out frames" \
            mpirun -n $ranks "$sidle" train run.yaml data.path=$file.h5 parallel.replicas=$ranks
        grep -q "step 20  valid loss .* bits, accuracy 0\.[0-9]*, clip accuracy 0\.[0-9]* of [0-9]* clips)" said
        $python expected.py run/checkpoints/final.h5 $file.h5 30 0 >wanted.json
        same "final.json, $file, $ranks" run/final.json wanted.json
        "$sidle" eval run --json 2>said >got.json
        same "eval, $file, $ranks" got.json wanted.json
        # All of the file, in items of another size.
        "$sidle" eval run --json data.valid_path=$file.h5 eval.batch=7 2>said >got.json
        $python expected.py run/checkpoints/final.h5 $file.h5 0 0 >wanted.json
        same "all of $file, $ranks" got.json wanted.json
        # While training: the first 9 items of 3 rows of each replica.
        $python row.py >row.json
        $python expected.py run/checkpoints/final.h5 $file.h5 30 $((27 * ranks)) >wanted.json
        $python -c '
import json
w = json.load(open("wanted.json"))
json.dump({k: w[k] for k in ("accuracy", "clip_accuracy")}, open("wanted.json", "w"))'
        same "metrics.csv, $file, $ranks" row.json wanted.json
        cat run/events.out.tfevents.* | grep -aq "valid/clip_accuracy"
    done
done

# The same figures from three blocks on three ranks, to the bit.
expect 0 "finished" mpirun -n 3 "$sidle" train run.yaml run.dir=three parallel.blocks=3 \
    parallel.schedule=sideways "model.layers=[flatten, tanh, linear: {width: 6}, relu, linear: {width: 4}]"
cp three/final.json of-run.json
"$sidle" eval three --json 2>said >got.json
mpirun -n 3 "$sidle" eval three --json 2>said >ranks.json
cmp got.json ranks.json
$python - <<'END'
import json
a, b = json.load(open("of-run.json")), json.load(open("got.json"))
for key in ("loss", "accuracy", "tokens", "clip_accuracy", "clips"):
    assert a[key] == b[key], (key, a[key], b[key])
END

# No classes, no clips.
expect 0 "finished" "$sidle" train run.yaml run.dir=mse "model.layers=[tanh]" \
    "model.loss={kind: mse, ahead: 1}"
! grep -q clip mse/final.json
"$sidle" eval mse --json 2>said >got.json
! grep -q clip got.json

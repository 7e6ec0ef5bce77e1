#!/usr/bin/env bash
# test_predictions.sh - what a network says of each frame, against a twin in
# numpy in double precision: probabilities and predicted frames in a file, their
# pictures; the same bytes on any number of ranks; what cannot be written.
# timeout: 240
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

cat >make.py <<'END'
import h5py, numpy
random = numpy.random.default_rng()
offsets = numpy.cumsum([0] + [int(n) for n in random.integers(1, 13, 31)])
with h5py.File("clips.h5", "w") as f:
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    f.create_dataset("frames", data=random.integers(0, 256, (offsets[-1], 5, 4, 3), "uint8"))
    f["offsets"] = offsets
    labels = random.integers(-1, 3, 31)
    labels[[0, 12]] = 2 # the first clips of both parts
    f["labels"] = labels.astype("int8")
END
$python make.py

make_run() { # NAME LOSS WIDTH ENDS
    cat >$1.yaml <<END
run: {dir: $1, steps: 30, seed: 5}
model:
  kind: layers
  layers: [flatten, linear: {width: 16}, tanh, linear: {width: $3}$4]
  loss: $2
parallel: {blocks: 3, schedule: sideways, partition: "layer.000,layer.002,layer.003"}
data: {kind: video, path: clips.h5, batch: 4, order: stream, valid_fraction: 0.6}
optim: {warmup: 5, decay: constant}
eval: {every: 10, items: 2}
checkpoint: {every: 30}
log: {every: 10}
END
    "$sidle" train $1.yaml >log 2>&1 || { cat log; exit 1; }
}
make_run classes cross_entropy 3 ""

# A frame is bound to be of its own shape: the output is that of a convolution.
cat >frames.yaml <<'END'
run: {dir: frames, steps: 30, seed: 5}
model:
  kind: layers
  layers: [conv2d: {channels: 4, kernel: 1}, tanh, conv2d: {channels: 3, kernel: 1}]
  loss: {kind: mse, ahead: 2}
parallel: {blocks: 3, schedule: sideways}
data: {kind: video, path: clips.h5, batch: 4, order: stream, valid_fraction: 0.6}
optim: {warmup: 5, decay: constant, lr: 0.02}
eval: {every: 10, items: 2}
checkpoint: {every: 30}
log: {every: 10}
END
"$sidle" train frames.yaml >log 2>&1 || { cat log; exit 1; }

for run in classes frames; do
    "$sidle" eval $run --json --predictions $run.h5 --png $run.png >$run.json
    for n in 2 3; do
        mpirun -n $n "$sidle" eval $run --json --predictions $run.$n.h5 --png $run.$n.png >said
        cmp said $run.json
        cmp $run.h5 $run.$n.h5
        cmp $run.png $run.$n.png
    done
done

cat >check.py <<'END'
import h5py, json, numpy, struct, zlib
data = h5py.File("clips.h5")
pixels, offsets = data["frames"][:], data["offsets"][:]
x = pixels / 127.5 - 1

def read_png(name):
    bytes = open(name, "rb").read()
    assert bytes[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(bytes):
        n, kind = struct.unpack(">I4s", bytes[at:at + 8])
        body = bytes[at + 8:at + 8 + n]
        assert struct.unpack(">I", bytes[at + 8 + n:at + 12 + n])[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", body[:10])
            assert (depth, colour) == (8, 2)
        if kind == b"IDAT":
            packed += body
        at += 12 + n
    raw = zlib.decompress(packed)
    out = numpy.zeros((height + 1, 3 * width + 3), int)
    for y in range(height):
        line = raw[y * (3 * width + 1):(y + 1) * (3 * width + 1)]
        for i in range(3 * width):
            a, b, c = out[y + 1, i], out[y, i + 3], out[y, i]
            p = a + b - c
            near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            add = (0, a, b, (a + b) // 2, near)[line[0]]
            out[y + 1, i + 3] = (line[1 + i] + add) % 256
    return out[1:, 3:].reshape(height, width, 3)

def open_run(run):
    f = h5py.File(run + ".h5")
    assert f.attrs["format"] == b"sidle-predictions" and f.attrs["format_version"] == 1
    # the last 60 % of 31 clips, every frame once, in order
    first = 31 - round(0.6 * 31)
    assert (f["index"][:] == numpy.arange(offsets[first], offsets[-1])).all()
    clip = numpy.searchsorted(offsets, f["index"][:], "right") - 1
    assert (f["clip"][:] == clip).all()
    assert (f["frame"][:] == f["index"][:] - offsets[clip]).all()
    w = h5py.File(run + "/checkpoints/final.h5")["model/layer"]
    w = {k: {n: v[:].astype(float) for n, v in w[k].items()} for k in w}
    return f, w, clip, first, json.load(open(run + ".json"))

def cells(png, shape):
    """The middles of the enlarged pixels of each cell, and the edges."""
    scale = 64 // max(shape[:2])
    height, width = (n * scale + 8 for n in shape[:2])
    rows, columns = (png.shape[0] - 2) // height, (png.shape[1] - 2) // width
    assert png.shape[:2] == (rows * height + 2, columns * width + 2)
    for r in range(rows):
        for c in range(columns):
            cell = png[r * height:, c * width:]
            inner = cell[5 + scale // 2:height - 3:scale, 5 + scale // 2:width - 3:scale]
            yield r, c, tuple(cell[2, 2]), inner[:shape[0], :shape[1]]

def chosen(n, most):
    return list(range(n)) if n <= most else [j * (n - 1) // (most - 1) for j in range(most)]

# ---- classes
f, w, clip, first, said = open_run("classes")
h = x[f["index"][:]].reshape(len(clip), -1)
h = numpy.tanh(h @ w["001"]["weight"].T + w["001"]["bias"])
h = h @ w["003"]["weight"].T + w["003"]["bias"]
p = numpy.exp(h - h.max(1, keepdims=True))
p /= p.sum(1, keepdims=True)
assert abs(f["probabilities"][:] - p).max() < 1e-5
labels = data["labels"][:][clip]
assert (f["label"][:] == labels).all()
has = labels >= 0
assert said["tokens"] == has.sum()
assert abs(said["loss"] + numpy.log(p[has, labels[has]]).mean()) < 1e-5
right = p.argmax(1) == labels
assert abs(said["accuracy"] - right[has].mean()) < 1e-9
clips = chosen(31 - first, 12)
green, red, grey = (0, 158, 115), (213, 94, 0), (128, 128, 128)
drawn = 0
for r, c, edge, inner in cells(read_png("classes.png"), x.shape[1:]):
    k = first + clips[r]
    frames = chosen(offsets[k + 1] - offsets[k], 8)
    if c >= len(frames):
        assert edge == (255, 255, 255)
        continue
    i = numpy.flatnonzero(f["index"][:] == offsets[k] + frames[c])[0]
    assert (inner == pixels[offsets[k] + frames[c]]).all()
    assert edge == (grey if labels[i] < 0 else green if right[i] else red), (edge, labels[i])
    drawn += 1
assert drawn > 12

# ---- frames, two ahead
f, w, clip, first, said = open_run("frames")
assert f.attrs["ahead"] == 2
h = x[f["index"][:]]
h = numpy.tanh(h @ w["000"]["weight"].reshape(4, 3).T + w["000"]["bias"])
h = h @ w["002"]["weight"].reshape(3, 4).T + w["002"]["bias"]
bytes = numpy.clip((h + 1) * 127.5, 0, 255)
assert abs(f["frames"][:] - bytes).max() < 0.501
assert f["frames"].dtype == "uint8"
has = f["index"][:] + 2 < offsets[clip + 1]
far = numpy.array([((h[i] - x[f["index"][i] + 2]) ** 2).mean() if has[i] else numpy.nan
                   for i in range(len(has))])
assert (numpy.isnan(f["loss"][:]) == ~has).all()
assert abs(f["loss"][:][has] - far[has]).max() < 1e-5
assert said["tokens"] == has.sum() and abs(said["loss"] - far[has].mean()) < 1e-5
drawn = 0
for r, c, edge, inner in cells(read_png("frames.png"), x.shape[1:]):
    k = first + clips[r]
    frames = chosen(max(offsets[k + 1] - offsets[k] - 2, 0), 4)
    if c // 2 >= len(frames):
        assert edge == (255, 255, 255)
        continue
    at = offsets[k] + frames[c // 2]
    i = numpy.flatnonzero(f["index"][:] == at)[0]
    assert (inner == (f["frames"][i] if c % 2 else pixels[at + 2])).all()
    drawn += 1
assert drawn > 8
print("checked")
END
expect 0 "^checked" $python check.py

# ---- files that may not be lost, files that cannot be
expect 64 "'clips.h5' is there and is no file of format" "$sidle" eval classes --predictions clips.h5
expect 64 "'clips.h5' is there and is no PNG picture" mpirun -n 2 "$sidle" eval classes --png clips.h5
[ "$(grep -c "no PNG" said)" -eq 1 ]
expect 74 "none" mpirun -n 3 "$sidle" eval classes --predictions none/p.h5
expect 74 "is a folder" "$sidle" eval classes --png "$PWD/."
expect 64 "--png.*rank 1" mpirun -n 1 "$sidle" eval classes --png a.png : -n 1 "$sidle" eval classes
cp classes.h5 before.h5
(ulimit -f 100 && expect 74 "classes.h5.*File too large" "$sidle" eval classes --predictions classes.h5)
cmp classes.h5 before.h5
[ ! -e .classes.h5.tmp ]
if unshare -rm mount -t tmpfs tmpfs /mnt 2>/dev/null; then
    cat >full.sh <<'END'
mkdir -p small
mount -t tmpfs -o size=200k tmpfs small
"$@" --predictions small/p.h5
code=$?
ls -A small
exit $code
END
    expect 74 "small/p.h5.*No space left on device" unshare -rm bash full.sh "$sidle" eval classes
    lacks "tmp$" said
    expect 74 "small/p.h5.*No space left on device" \
        unshare -rm bash full.sh mpirun -n 3 "$sidle" eval classes
    lacks "^loss" said
fi

# a text has no frames
make_text
make_config text
"$sidle" train text.yaml >log 2>&1 || { cat log; exit 1; }
expect 64 "^sidle: .*--predictions is for data of frames, and data.kind is \"text\"" \
    "$sidle" eval text --predictions a.h5
expect 64 "--png is for data of frames" mpirun -n 2 "$sidle" eval text --png a.png
[ ! -e a.h5 ] && [ ! -e a.png ]

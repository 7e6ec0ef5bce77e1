#!/usr/bin/env bash
# test_tensorboard_frames.sh - at each evaluation of a run on clips TensorBoard
# gets a picture: frames with their class found or not, or beside what the
# network made of them; the same on any number of ranks, once after a resume.
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
offsets = numpy.cumsum([0] + [int(n) for n in random.integers(4, 9, 20)])
with h5py.File("clips.h5", "w") as f:
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    f.create_dataset("frames", data=random.integers(0, 256, (offsets[-1], 8, 8, 1), "uint8"))
    f["offsets"] = offsets
    f["labels"] = random.integers(0, 3, 20).astype("int8")
END
$python make.py

# The pictures of all event files, in order: step, height, width, colours, PNG.
cat >pictures.py <<'END'
import glob, hashlib, struct, sys
def fields(b):
    at = 0
    def number():
        nonlocal at
        n = shift = 0
        while True:
            n |= (b[at] & 127) << shift
            shift += 7
            at += 1
            if b[at - 1] < 128:
                return n
    while at < len(b):
        key = number()
        if key & 7 == 0:
            yield key >> 3, number()
        else:
            n = {1: 8, 5: 4}.get(key & 7) or number()
            yield key >> 3, b[at:at + n]
            at += n
for name in sorted(glob.glob(sys.argv[1] + "/events.*")):
    data, at = open(name, "rb").read(), 0
    while at < len(data):
        n = struct.unpack("<Q", data[at:at + 8])[0]
        event = dict(fields(data[at + 12:at + 12 + n]))
        at += n + 16
        for key, value in fields(event.get(5, b"")):
            value = dict(fields(value))
            if 4 in value:
                image = dict(fields(value[4]))
                png = image[4]
                assert png[:8] == b"\x89PNG\r\n\x1a\n" and png[-8:-4] == b"IEND"
                assert struct.unpack(">II", png[16:24]) == (image[2], image[1])
                print(value[1].decode(), event[2], image[1], image[2], image[3],
                      hashlib.sha256(png).hexdigest())
END

config() { # NAME LOSS LAYERS
    cat >$1.yaml <<END
run: {dir: $1, steps: 40, seed: 3}
model:
  kind: layers
  layers: [conv2d: {channels: 4}, relu, $3]
  loss: $2
parallel: {blocks: 3, schedule: sideways}
data: {kind: video, path: clips.h5, batch: 4, order: stream, valid_fraction: 0.5}
optim: {warmup: 5, decay: constant, lr: 0.01}
eval: {every: 10, items: 6}
checkpoint: {every: 20, keep: 9}
log: {every: 10}
END
}
config classes cross_entropy "global_pool, linear: {width: 3}"
config frames "{kind: mse, ahead: 1}" "conv2d: {channels: 1}"

for run in classes frames; do
    for n in 1 2 3; do
        rm -rf $run
        expect 0 "finished" mpirun -n $n "$sidle" train $run.yaml
        $python pictures.py $run >pictures.$n
        cmp pictures.1 pictures.$n
    done
    # 3 clips whose frames are all among the 24, of 4 to 8 frames, or so
    [ "$(wc -l <pictures.1)" -eq 4 ]
    [ "$(cut -d ' ' -f 1-2 pictures.1 | tr '\n' ' ')" = \
        "valid/frames 10 valid/frames 20 valid/frames 30 valid/frames 40 " ]
    [ "$(cut -d ' ' -f 4-5 pictures.1 | sort -u)" = "578 3" ]
    # what is told again after a resume replaces what was told
    rm $run/checkpoints/final.h5 $run/checkpoints/step-00000040.h5
    expect 0 "resuming from .*step 20" mpirun -n 2 "$sidle" train $run.yaml
    $python pictures.py $run >again
    cmp pictures.1 again
done
[ "$(cut -d ' ' -f 6 pictures.1 | sort -u | wc -l)" -eq 4 ] # a network that learns

# no pictures of a text, nor where nobody wants events
rm -rf frames
expect 0 "finished" mpirun -n 2 "$sidle" train frames.yaml log.tensorboard=false
[ -z "$(ls frames | grep events || true)" ]
rm -rf frames
expect 0 "finished" mpirun -n 2 "$sidle" train frames.yaml eval.every=0
[ -z "$($python pictures.py frames)" ]
make_text
make_config text
expect 0 "finished" mpirun -n 2 "$sidle" train text.yaml
[ -z "$($python pictures.py text)" ]

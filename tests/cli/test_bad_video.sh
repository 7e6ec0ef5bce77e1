#!/usr/bin/env bash
# test_bad_video.sh - each fault of a video file ends with one clear message and
# its code, on one rank and on four; integers of every type are read.
# timeout: 400
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

cat >make.py <<'END'
import h5py, numpy as np
lengths = [5, 7, 6, 9]
offsets = np.cumsum([0, *lengths])
frames = np.random.default_rng(0).integers(0, 256, (27, 4, 3, 2)).astype("u1")
plain = dict(frames=frames, offsets=offsets, labels=np.array([0, 1, 2, 0]))
def write(name, without=(), attributes={}, how={}, **sets):
    sets = {k: v for k, v in {**plain, **sets}.items() if k not in without}
    with h5py.File(name + ".h5", "w") as f:
        f.attrs.update(format="sidle-video", format_version=1)
        f.attrs.update(attributes)
        for k in sets:
            f.create_dataset(k, data=sets[k], **(how if k == "frames" else {}))
write("good")
types = [o + k + w for o in "<>" for k in "iu" for w in "1248"]
of_frames = np.repeat([0, 1, 2, 0], lengths)
for t in types:
    write("type_" + t.replace("<", "le_").replace(">", "be_"), labels=plain["labels"].astype(t),
          offsets=offsets.astype(t), frame_labels=of_frames.astype(t))
write("no_clips", offsets=[0], labels=np.zeros(0, "i4"), frames=frames[:0])
write("empty_clips", offsets=[0, 0, 0], labels=[0, 1], frames=frames[:0])
write("without_offsets", without=["offsets"])
write("without_frames", without=["frames"])
write("many_labels", labels=[0, 1, 2, 0, 1])
write("high", labels=[0, 1, 3, 0])
write("beyond", labels=np.array([0, 1, 2**63, 0], "u8"))
write("low", labels=[0, 1, -2, 0])
write("real", labels=[0.0, 1.0, 2.0, 0.0])
write("high_frame", frame_labels=np.where(np.arange(27) == 13, 4, of_frames))
write("classes", attributes=dict(classes=2))
write("unlabelled", labels=[-1] * 4)
write("falls", offsets=[0, 12, 5, 18, 27])
write("long", offsets=[0, 5, 12, 18, 28])
write("wide", frames=frames.astype("u2"))
write("signed", frames=frames.view("i1"))
write("flat", frames=frames.reshape(27, 24))
write("larger", frames=np.zeros((27, 4, 4, 2), "u1"))
write("grey", frames=np.zeros((27, 4, 3, 1), "u1"))
write("packed", how=dict(chunks=(3, 4, 3, 2), compression="gzip"))
data = open("packed.h5", "rb").read()
open("cut.h5", "wb").write(data[:len(data) * 2 // 3])
with h5py.File("packed.h5") as f:
    at = f["frames"].id.get_chunk_info_by_coord((18, 0, 0, 0)).byte_offset
open("rotten.h5", "wb").write(data[:at] + bytes([0xee] * 8) + data[at + 8:])
END
$python make.py

cat >run.yaml <<END
run: {dir: run, steps: 30}
model:
  kind: layers
  layers: [flatten, linear: {width: 8}, relu, linear: {width: 6}, relu, linear: {width: 3}]
  loss: cross_entropy
parallel: {schedule: sideways, partition: [layer.000, layer.002, layer.004, layer.005]}
data: {kind: video, path: good.h5, batch: 2, order: stream}
eval: {every: 10, items: 2}
END

refused() { # CODE WORDS key=value...
    for start in "" "mpirun -n 4"; do
        expect $1 "$2" $start "$sidle" train run.yaml "${@:3}"
        [ "$(grep -c "$(basename "${3#*=}" .h5)" said)" -eq 1 ] || { cat said && exit 1; }
        rm -rf run
    done
}

# The same bits, whatever the integers are.
expect 0 "finished" "$sidle" train run.yaml run.dir=good
h5dump -g /model good/checkpoints/final.h5 | tail -n +2 >good.bits
for file in type_*.h5; do
    expect 0 "finished" "$sidle" train run.yaml data.path=$file
    h5dump -g /model run/checkpoints/final.h5 | tail -n +2 | cmp - good.bits
    rm -r run
done
[ $(ls type_*.h5 | wc -l) -eq 16 ]

refused 65 "no_clips.h5' .data.path., read as a video file: the file has no clips" data.path=no_clips.h5
refused 65 "empty_clips.h5': none of 2 clips has a frame" data.path=empty_clips.h5
refused 65 "data set '/offsets' is missing" data.path=without_offsets.h5
refused 65 "data set '/frames' is missing" data.path=without_frames.h5
refused 65 "'/labels' has 5 labels, expected one for each of the 4 clips" data.path=many_labels.h5
refused 65 "'/labels': frame 12 .from 0., of clip 2, has label 3, but the network tells 3 classes apart" data.path=high.h5
refused 65 "'/labels' has label [0-9]* at clip 2" data.path=beyond.h5
refused 65 "'/labels' has label -2 at clip 2" data.path=low.h5
refused 65 "'/labels' is not one dimension of integers, but float64" data.path=real.h5
refused 65 "'/frame_labels': frame 13 .from 0., of clip 2, has label 4" data.path=high_frame.h5
refused 65 "'/labels' has label 2 at clip 2 .from 0., expected -1 .none. or 0 to classes - 1, 1" data.path=classes.h5
refused 65 "no frame of 4 clips has a label" data.path=unlabelled.h5
refused 65 "'/offsets' decreases from 12 to 5 at clip 1" data.path=falls.h5
refused 65 "'/offsets' ends at 28, expected the number of frames, 27" data.path=long.h5
refused 65 "'/frames' has other integers than uint8" data.path=wide.h5
refused 65 "'/frames' has other integers than uint8" data.path=signed.h5
refused 65 "'/frames' is not four dimensions of integers, but uint8 .27, 24." data.path=flat.h5
refused 65 "'larger.h5' .data.valid_path. has frames of shape .4, 4, 2., but 'good.h5'" data.valid_path=larger.h5
refused 65 "'grey.h5' .data.valid_path. has frames of shape .4, 3, 1., but 'good.h5'" data.valid_path=grey.h5
refused 65 "'high.h5': '/labels': frame 12 .from 0., of clip 2, has label 3" data.valid_path=high.h5
refused 65 "cut.h5' .data.path., read as a video file: .*truncated" data.path=cut.h5
refused 74 "cannot read '../none.h5'" data.path=../none.h5

# Clips that are held out keep their numbers in the file.
refused 65 "'high.h5': what data.valid_fraction holds out: '/labels': frame 12 .from 0., of clip 2," \
    data.path=high.h5 data.valid_fraction=0.5

# A frame that cannot be unpacked is found when its turn comes: no rank waits.
for start in "" "mpirun -n 4"; do
    for order in stream shuffle; do
        expect 74 "'rotten.h5': frame (18|19|20) .from 0. cannot be read" \
            $start "$sidle" train run.yaml data.path=rotten.h5 data.order=$order
        rm -r run
    done
done

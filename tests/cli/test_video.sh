#!/usr/bin/env bash
# test_video.sh - a network from a list of layers trains on a video file: the
# same bits on any number of ranks and after a resume; what does not fit.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

# Clips of three classes: bars that go down, bars that go right, a grid.
cat >make.py <<'END'
import h5py, numpy
random = numpy.random.default_rng(1)
def clip(n, kind, C):
    f = random.integers(0, 60, (n, 8, 6, C), "uint8")
    for t in range(n):
        if kind == 0: f[t, t % 6:t % 6 + 2] = 220
        elif kind == 1: f[t, :, t % 4:t % 4 + 2] = 220
        else: f[t, ::2, ::2] = 220
    return f
def write(name, C, labels, **how):
    clips = [clip(int(random.integers(3, 12)), l % 3, C) for l in labels]
    with h5py.File(name, "w") as f:
        f.attrs["format"] = "sidle-video"
        f.attrs["format_version"] = 1
        f.create_dataset("frames", data=numpy.concatenate(clips), **how)
        f["offsets"] = numpy.cumsum([0] + [len(c) for c in clips])
        f["labels"] = numpy.array(labels, "int8")
kinds = [i % 3 for i in range(15)]
write("packed.h5", 1, kinds, chunks=(3, 8, 4, 1), compression="gzip")
random = numpy.random.default_rng(1)
write("plain.h5", 1, kinds)
write("colour.h5", 3, kinds)
write("four.h5", 1, kinds[:-1] + [3])
END
$python make.py

make_config() {
    cat >$1.yaml <<END
run: {dir: $1, steps: 40, seed: 3}
model:
  kind: layers
  layers:
    - flatten
    - linear: {width: 16}
    - layer_norm
    - relu
    - residual: [linear: {width: 16}, relu]
    - dropout: {rate: 0.1}
    - linear: {width: 3}
  loss: cross_entropy
parallel: {blocks: 3, schedule: pipedream, update_every: 1}
data: {kind: video, path: packed.h5, batch: 4, order: stream, valid_fraction: 0.3}
optim: {warmup: 5, decay: constant}
eval: {every: 20, items: 2}
checkpoint: {every: 20}
log: {every: 10}
END
}
make_config run

# Every order, and what a cut of a stream may do; the layout of the file.
for run in pipedream,stream,mask,0 sideways,stream,flush,2 sideways,stream,mask,0 \
    zero-bubble,shuffle,mask,0 delayed,sequential,mask,0; do
    IFS=, read -r schedule order on_cut stride <<<"$run"
    for ranks in 1 3; do
        [ $ranks = 1 ] && file=plain.h5 || file=packed.h5
        cp $file clips.h5
        expect 0 "finished" mpirun -n $ranks "$sidle" train run.yaml data.path=clips.h5 \
            parallel.schedule=$schedule data.order=$order parallel.on_cut=$on_cut data.stride=$stride
        for group in /model /optimizer; do
            h5dump -g $group run/checkpoints/final.h5 | tail -n +2
        done >bits.$ranks
        rm -r run
    done
    cmp bits.1 bits.3 || { echo "$run: other bits on 3 ranks"; exit 1; }
    mv bits.1 "$run"
done
[ "$(md5sum pipedream,* sideways,* zero-bubble,* delayed,* | cut -d ' ' -f 1 | sort -u | wc -l)" -eq 5 ]

# Half of it, and a resume on another number of ranks.
expect 0 "data: packed.h5, 15 clips of [0-9]+ frames of 8 x 6 x 1 .Y X C.: 10 clips of [0-9]+ frames to train on; held out: its last 5 clips" \
    "$sidle" train run.yaml
grep -q "^updates: 40 of 1 item each, 4 rows, 4 frames$" said
grep -q "  update 10 of 4 rows, 4 frames  " said
"$sidle" eval run/checkpoints/final.h5 --json >packed.json
"$sidle" eval run/checkpoints/final.h5 --json data.path=plain.h5 >plain.json
cmp packed.json plain.json
grep -q '"accuracy"' packed.json
expect 64 "holds a network of model.kind=layers, which generates nothing" "$sidle" sample run
rm -r run
expect 0 "finished" mpirun -n 3 "$sidle" train run.yaml run.steps=20
expect 0 "resuming from" mpirun -n 2 "$sidle" train run.yaml run.steps=40
for group in /model /optimizer; do
    h5dump -g $group run/checkpoints/final.h5 | tail -n +2
done >bits.resumed
cmp bits.resumed pipedream,stream,mask,0
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml run.dir=two parallel.replicas=2 \
    parallel.blocks=1 parallel.schedule=backprop

# A frame is to be predicted instead.
predict=(parallel.blocks=2 "model.layers=[layer_norm, residual: [layer_norm, relu]]" data.path=colour.h5)
expect 0 "finished" "$sidle" train run.yaml run.dir=next "${predict[@]}" "model.loss={kind: mse, ahead: 2}"
grep -q " frames/s " said
expect 65 "'colour.h5': what data.valid_fraction leaves: no frame has one 50 later to predict" \
    "$sidle" train run.yaml run.dir=x "${predict[@]}" "model.loss={kind: mse, ahead: 50}"

# Each loss tells which losses are sane: after a resume the first one proves
# what was there, and the files before it go.
for loss in "{kind: mse, ahead: 1}" cross_entropy; do
    one=("${predict[@]}" "model.loss=$loss")
    [ "$loss" != cross_entropy ] || one=()
    rm -rf kept
    for steps in 6 12; do
        expect 0 "finished" "$sidle" train run.yaml run.dir=kept "${one[@]}" \
            run.steps=$steps eval.every=0 checkpoint.every=3 checkpoint.keep=1
        [ "$(ls kept/checkpoints | grep '^step-')" = "step-000000$(printf %02d $steps).h5" ]
    done
done

# What does not fit.
for fraction in 0 0.3; do # the frame that is named stands in the file, whatever is held out
    first=$(h5dump -d /offsets -s 14 -c 1 -y four.h5 | sed -n 's/^ *\([0-9][0-9]*\)$/\1/p')
    expect 65 "'four.h5': .*'/labels': frame $first \(from 0\), of clip 14, has label 3, but the network tells 3 classes apart" \
        "$sidle" train run.yaml run.dir=x data.path=four.h5 data.valid_fraction=$fraction
done
for ranks in 1 4; do
    expect 65 "'colour.h5' \(data.valid_path\) has frames of shape \(8, 6, 3\), but 'packed.h5' \(data.path\) of shape \(8, 6, 1\)" \
        mpirun -n $ranks "$sidle" train run.yaml run.dir=x data.valid_path=colour.h5
done
expect 65 "'/model/layer/001/weight' is float32 \(16, 48\), expected float32 \(16, 144\)" \
    "$sidle" eval two data.valid_path=colour.h5
expect 64 "'data.kind' is text, but 'model.kind' is layers, which reads video" \
    "$sidle" train run.yaml run.dir=x data.kind=text
expect 64 'unit "layer.002" \(linear\) has [0-9]+ parameters, expected at most' "$sidle" plan run.yaml \
    --ranks 3 'model.layers=[flatten, linear: {width: 2147483647}, linear: {width: 2147483647}, relu]'
expect 64 "\"loss\" begins no block; it belongs to the block of the unit before it" \
    "$sidle" train run.yaml run.dir=x parallel.blocks=2 'parallel.partition=[layer.000, loss]'
expect 64 "cannot divide [0-9]+ units into 9 blocks" "$sidle" plan run.yaml --ranks 9 parallel.blocks=0
for key in optim.z_loss eval.stride; do
    expect 64 "'$key' is for model.kind=perceiver_ar, but 'model.kind' is layers" \
        "$sidle" train run.yaml run.dir=x $key=1
done
expect 64 "'model.layers' is 'relu', .*, or with model.kind=layers a list" \
    "$sidle" train run.yaml run.dir=x model.layers=relu
printf 'run: {dir: x, steps: 3}\ndata: {kind: video, path: plain.h5}\n' >perceiver.yaml
expect 64 "'data.kind' is video, but 'model.kind' is perceiver_ar" "$sidle" train perceiver.yaml
expect 65 "is a video file, not a text; write data.kind=video" \
    "$sidle" train perceiver.yaml data.kind=text
head -c 3000 packed.h5 >cut.h5
expect 65 "'cut.h5' \(data.path\), read as a video file" "$sidle" train run.yaml run.dir=x data.path=cut.h5
expect 74 "check data.path" "$sidle" plan run.yaml --ranks 2 data.path=none.h5
expect 0 "layer.000" "$sidle" plan run.yaml --ranks 3

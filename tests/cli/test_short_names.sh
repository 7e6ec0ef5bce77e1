#!/usr/bin/env bash
# test_short_names.sh - model.kind video_cnn and autoencoder: trained, resumed,
# evaluated, planned; the same bits on any number of ranks.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
top=$2
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

# Three classes of bright bars; 9 x 6 places, so that halves are rounded.
cat >make.py <<'END'
import h5py, numpy
random = numpy.random.default_rng(4)
def clip(kind):
    f = random.integers(0, 40, (6, 9, 6, 1), "uint8")
    for t in range(6): f[t, 2 * kind:2 * kind + 3, t % 4:t % 4 + 2] = 230
    return f
def write(name, labels, classes=0):
    with h5py.File(name, "w") as f:
        f.attrs["format"] = "sidle-video"
        f.attrs["format_version"] = 1
        f["frames"] = numpy.concatenate([clip(i % 3) for i in range(12)])
        f["offsets"] = numpy.arange(13) * 6
        if classes > 0: f.attrs["classes"] = classes
        if labels is not None: f["labels"] = numpy.array(labels, "int32")
write("clips.h5", [i % 3 for i in range(12)])
write("more.h5", [i % 3 for i in range(11)] + [4])
write("seven.h5", [i % 3 for i in range(12)], 7)
write("bare.h5", None)
with h5py.File("wide.h5", "w") as f: # frames as in the page
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    f["frames"] = numpy.zeros((8, 32, 32, 1), "uint8")
    f["offsets"] = [0, 4, 8]
    f["labels"] = [0, 9]
END
$python make.py
cat >run.yaml <<'END'
run: {dir: run, steps: 16, seed: 3}
model: {kind: video_cnn, width: 4, layers: 5}
parallel: {blocks: 3, schedule: sideways, update_every: 1}
data: {kind: video, path: clips.h5, batch: 4, order: stream, valid_fraction: 0.25}
optim: {warmup: 2, decay: constant}
eval: {every: 8, items: 2}
checkpoint: {every: 8}
log: {every: 4}
END

bits() {
    for group in /model /optimizer; do
        h5dump -g $group $1/checkpoints/final.h5 | tail -n +2
    done
}

for kind in video_cnn,5 autoencoder,4; do
    IFS=, read -r kind layers <<<"$kind"
    set -- model.kind=$kind model.layers=$layers
    expect 0 "block  1" "$sidle" train run.yaml "$@" --dry-run
    expect 0 "^layer.000    conv2d            \([95], [63], 4\) +40 +[0-9.]+$" "$sidle" plan run.yaml "$@" --ranks 3
    "$sidle" plan run.yaml "$@" --ranks 3 --json >plan.json
    grep -q '"kind": *"conv2d"' plan.json
    expect 0 "[0-9.]+ GFLOP/s, [0-9.]+ of gemm" "$sidle" bench tick run.yaml "$@" --items 3
    expect 0 "finished" "$sidle" train run.yaml run.dir=one "$@"
    expect 0 "finished" mpirun -n 3 "$sidle" train run.yaml "$@" run.steps=8
    expect 0 "resuming from" mpirun -n 2 "$sidle" train run.yaml "$@" run.steps=16
    bits one >bits.one
    bits run >bits.run
    cmp bits.one bits.run || { echo "$kind: other bits after a resume on other ranks"; exit 1; }
    "$sidle" inspect one >said
    grep -q "^  kind: $kind$" said && grep -q "^  layers: $layers$" said
    grep -q "^/model/layer/000/weight  *4 x 3 x 3 x 1 " said
    expect 0 "loss" "$sidle" eval one
    expect 64 "model.width is 5, but the run that is resumed has 4" \
        "$sidle" train run.yaml "$@" model.width=5
    # what a run left of its configuration makes the same network
    expect 0 "finished" "$sidle" train one/config.yaml run.dir=copy
    bits copy >bits.copy
    cmp bits.one bits.copy || { echo "$kind: its config.yaml trains another network"; exit 1; }
    rm -r run one copy
done

# The examples of the page.
awk -v n=0 '/^```yaml$/ { on = 1; n++; next } /^```$/ { on = 0 } on { print >"page" n ".yaml" }' "$top/docs/layers.md"
for page in page1 page2; do
    expect 0 "block  1" "$sidle" train $page.yaml --dry-run data.path=wide.h5 data.valid_path=
    expect 0 "^layer.000    conv2d" "$sidle" plan $page.yaml --ranks 2 data.path=wide.h5 data.valid_path=
done

# As many outputs as the labels tell apart, or as is said.
expect 0 "finished" "$sidle" train run.yaml
grep -q "^  classes: 3$" run/config.yaml
expect 65 "the network tells 3 classes apart" "$sidle" eval run data.path=more.h5
expect 0 "finished" "$sidle" train run.yaml run.dir=more data.path=more.h5
grep -q "^  classes: 5$" more/config.yaml
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml run.dir=seven data.path=seven.h5
grep -q "^  classes: 7$" seven/config.yaml
expect 0 "finished" "$sidle" train run.yaml run.dir=ten model.classes=10
expect 65 "'bare.h5' has no labels, which model.kind=video_cnn learns; use labelled data, or set model.classes" \
    "$sidle" train run.yaml run.dir=bare data.path=bare.h5
expect 64 'unit "loss" \(cross_entropy\) gets an input of shape \(9, 6, 1\)' "$sidle" plan run.yaml --ranks 1 \
    model.kind=autoencoder model.layers=4 model.loss=cross_entropy
cat >list.yaml <<'END'
run: {dir: list, steps: 3}
model: {kind: layers, layers: [flatten, linear: {width: 6}], loss: mse}
data: {kind: video, path: clips.h5}
END
expect 64 'unit "loss" \(mse\) gets an input of shape \(6\), it needs \(9, 6, 1\), the shape of a frame' \
    "$sidle" plan list.yaml --ranks 1
expect 64 "cannot divide [0-9]+ units into 99 blocks" "$sidle" plan run.yaml --ranks 99 parallel.blocks=99

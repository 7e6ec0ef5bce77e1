#!/usr/bin/env bash
# test_skips.sh - a network with skips between blocks: the same bits on any
# number of ranks and after a resume in the middle of a clip, evaluated as it
# runs; without such skips it is Sideways; what other schedules say.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi
$python - <<'END'
import h5py, numpy
random = numpy.random.default_rng(1)
lengths = [5, 9, 1, 7, 12, 3, 6, 8]
with h5py.File("clips.h5", "w") as f:
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    f["frames"] = random.integers(0, 256, (sum(lengths), 2, 3, 1), "uint8")
    f["offsets"] = numpy.cumsum([0] + lengths)
    f["labels"] = numpy.arange(8, dtype="int32") % 3
END
cat >run.yaml <<'END'
run: {dir: run, steps: 24, seed: 3}
model:
  kind: layers
  layers:
    - flatten
    - linear: {width: 6}
    - tanh
    - skip: {from: layer.000, merge: add}
    - linear: {width: 6}
    - skip: {from: layer.002, merge: concat}
    - linear: {width: 6}
    - skip: {from: layer.001, merge: add}
    - linear: {width: 3}
  loss: cross_entropy
parallel: {schedule: skip-sideways, partition: [layer.000, layer.002, layer.004, layer.006], on_cut: mask}
data: {kind: video, path: clips.h5, batch: 2, order: stream, valid_fraction: 0.3}
optim: {kind: sgd, lr: 0.1, warmup: 0, decay: constant}
eval: {every: 10, items: 3}
checkpoint: {every: 11, keep: 9}
END

bits() {
    h5dump -g /model $1/checkpoints/final.h5 | tail -n +2
}
for cut in mask leak flush; do
    for ranks in 1 2 3 4; do
        expect 0 "finished" mpirun -n $ranks "$sidle" train run.yaml run.dir=$cut.$ranks \
            parallel.on_cut=$cut
        bits $cut.$ranks >bits.$ranks
        cmp bits.1 bits.$ranks
    done
    # in the middle of clips, with messages in flight; on other ranks
    for ranks in 1 3; do
        rm -rf again
        expect 0 "finished" mpirun -n $ranks "$sidle" train run.yaml run.dir=again \
            parallel.on_cut=$cut --resume=$cut.2/checkpoints/step-00000011.h5
        bits again >bits.again
        cmp bits.1 bits.again
    done
done
h5dump -n mask.1/checkpoints/step-00000011.h5 | grep "edge_004/gradient_0" >/dev/null

# as it runs, on any number of ranks
"$sidle" eval mask.1 --json >alone 2>said
[ "$(grep -c "^using" said)" -eq 1 ]
for ranks in 2 4; do
    mpirun -n $ranks "$sidle" eval mask.1 --json >together
    cmp alone together
done

# Each held-out clip by itself, in ticks, from an empty pipe, in double precision.
$python - alone mask.1/checkpoints/final.h5 <<'END'
import h5py, json, numpy, sys
with h5py.File(sys.argv[2]) as f:
    W = {u: (f["model/layer/%03d/weight" % u][()].astype(float), f["model/layer/%03d/bias" % u][()])
         for u in (1, 4, 6, 8)}
def linear(u, x): return W[u][0] @ x + W[u][1]
blocks = [lambda x, s: (x, linear(1, x)),                  # gives units 0 and 1
          lambda x, s: (numpy.tanh(x), numpy.tanh(x) + s), # 2 and 3
          lambda x, s: (None, numpy.concatenate([linear(4, x), s])),
          lambda x, s: (None, linear(8, linear(6, x) + s))]
skips = {1: (0, 0), 2: (1, 0), 3: (0, 1)} # block: another one, its unit
with h5py.File("clips.h5") as f:
    frames, offsets, labels = f["frames"][()] / 127.5 - 1.0, f["offsets"][()], f["labels"][()]
total = n = 0
for clip in range(len(labels) - 2, len(labels)): # data.valid_fraction of 8 clips
    L, out, side = offsets[clip + 1] - offsets[clip], [None] * 4, [None] * 4
    for tick in range(1, L + 4):
        sent, out = out, [None] * 4
        for b in range(4):
            frame = tick - b
            x = frames[offsets[clip] + frame - 1].ravel() if b == 0 and frame <= L else None
            if b > 0 and sent[b - 1] is not None: x = sent[b - 1][1]
            if b in skips and sent[skips[b][0]] is not None: side[b] = sent[skips[b][0]][skips[b][1]]
            if x is not None: out[b] = blocks[b](x, side[b])
        if out[3] is not None:
            z = out[3][1]
            total += numpy.log(numpy.exp(z - z.max()).sum()) + z.max() - z[labels[clip]]
            n += 1
said = json.load(open(sys.argv[1]))
assert n == offsets[-1] - offsets[-3], n
assert abs(said["loss"] - total / n) < 1e-5, (said["loss"], total / n)
END

# With all skips inside of blocks it is Sideways.
for schedule in skip-sideways sideways; do
    expect 0 "finished" "$sidle" train run.yaml run.dir=$schedule parallel.schedule=$schedule \
        parallel.partition='[layer.000, layer.008]'
    bits $schedule >bits.$schedule
done
cmp bits.sideways bits.skip-sideways

for schedule in backprop sideways pipedream; do
    expect 64 "\"layer.003\" \(skip\) of block 2 takes the output of \"layer.000\" of block 1" \
        "$sidle" train run.yaml run.dir=no parallel.schedule=$schedule
done
expect 64 "use 1 to 2 blocks" "$sidle" plan run.yaml --ranks 1 parallel.schedule=sideways \
    parallel.partition=auto parallel.blocks=4
expect 0 "layer.007 of block 4 takes the output of layer.001 of block 1" "$sidle" plan run.yaml --ranks 2
expect 0 "send activation k to block 4" "$sidle" plan run.yaml --ranks 2 --items 12
expect 0 '"from_block": *1' "$sidle" plan run.yaml --ranks 2 --json
expect 0 "layer.008" "$sidle" plan run.yaml --ranks 1 parallel.schedule=sideways \
    parallel.partition=auto parallel.blocks=2
expect 64 "\"layer.001\" \(skip\) takes the output of \"layer.002\", which is no earlier unit" \
    "$sidle" train run.yaml run.dir=no parallel.partition=auto \
    'model.layers=[flatten, skip: {from: layer.002}, tanh, linear: {width: 3}]'

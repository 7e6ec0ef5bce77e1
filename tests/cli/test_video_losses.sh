#!/usr/bin/env bash
# test_video_losses.sh - which rows have a target, what an item's gradient is
# divided by, and what decays: trained weights against a twin in numpy.
# timeout: 180
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

# Clips of several lengths; one is long and without a label, so that items of
# 3 rows are without any target.
cat >make.py <<'END'
import h5py, numpy
random = numpy.random.default_rng()
lengths, labels = [3, 11, 1, 4, 5, 2], [1, -1, 2, 0, -1, 2]
with h5py.File("clips.h5", "w") as f:
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    f["frames"] = random.integers(0, 256, (sum(lengths), 1, 1, 6), "uint8")
    f["offsets"] = numpy.cumsum([0] + lengths)
    f["labels"] = numpy.array(labels, "int32")
END
cat >twin.py <<'END'
import h5py, numpy as np, sys
loss, ahead, reduction, order, every = sys.argv[1], int(sys.argv[2]), *sys.argv[3:5], int(sys.argv[5])
B, steps, lr, decay = 3, 40, 0.05, 0.3
with h5py.File("clips.h5") as f:
    frames = f["frames"][:].reshape(len(f["frames"]), -1) / 127.5 - 1
    offsets, labels = f["offsets"][:], f["labels"][:]
def read(name):
    with h5py.File(name) as f:
        w = {k: f["/model/layer/" + k][:].astype(float) for k in
                ["001/weight", "001/bias", "003/weight", "003/bias"]}
    return {k: w[k].reshape(len(w[k]), -1) if k.endswith("weight") else w[k] for k in w}
p = read("run/checkpoints/step-00000000.h5")
end = read("run/checkpoints/final.h5")
clip_of = np.repeat(np.arange(len(labels)), np.diff(offsets))
def frame_of(t, r): # t from 0
    if order == "sequential":
        return (t * B + r) % len(frames)
    clips = [c for c in range(len(labels)) if c % B == r] # r, r + R, ..
    walk = [k for c in clips for k in range(offsets[c], offsets[c + 1])]
    return walk[t % len(walk)]
def gradient(t):
    rows = [frame_of(t, r) for r in range(B)]
    x = frames[rows]
    h = np.tanh(x @ p["001/weight"].T + p["001/bias"])
    y = h @ p["003/weight"].T + p["003/bias"]
    dy, n = np.zeros_like(y), 0
    for b, k in enumerate(rows):
        if loss == "cross_entropy":
            label = labels[clip_of[k]]
            if label < 0: continue
            e = np.exp(y[b] - y[b].max())
            dy[b] = e / e.sum()
            dy[b, label] -= 1
        else:
            if k + ahead >= offsets[clip_of[k] + 1]: continue
            dy[b] = 2 * (y[b] - frames[k + ahead]) / y.shape[1]
        n += 1
    if n == 0: return None
    if reduction == "mean": dy /= n
    dh = dy @ p["003/weight"] * (1 - h * h)
    return {"003/weight": dy.T @ h, "003/bias": dy.sum(0), "001/weight": dh.T @ x, "001/bias": dh.sum(0)}
def update(grads):
    for k in p:
        if k.endswith("weight"): p[k] *= 1 - lr * decay
        n = len(grads) if reduction == "mean" else 1 # with "sum" nothing is divided
        p[k] -= lr * sum(g[k] for g in grads) / n
held, gaps = [], 0
for t in range(steps):
    g = gradient(t)
    if g is None: gaps += 1
    else: held.append(g)
    if len(held) == every: update(held); held = []
if held: update(held)
assert gaps > 0 or order != "sequential", "no item is without a target"
for k in p:
    far = np.abs(p[k] - end[k]).max() / np.abs(p[k]).max()
    assert far < 2e-5, (sys.argv, k, far)
END
$python make.py
cat >run.yaml <<'END'
run: {dir: run, steps: 40}
model:
  kind: layers
  layers: [flatten, linear: {width: 5}, tanh, linear: {width: 3}]
  loss: cross_entropy
parallel: {blocks: 1}
data: {kind: video, path: clips.h5, batch: 3}
optim: {kind: sgd, lr: 0.05, weight_decay: 0.3, clip: 0, warmup: 0, decay: constant}
eval: {every: 0, at_end: false}
checkpoint: {every: 0, at_start: true, keep: 3}
log: {tensorboard: false}
END
# Of one place a convolution is a linear map, whose weight has four dimensions.
images="[dropout: {rate: 0}, conv2d: {channels: 5, kernel: 1}, tanh, conv2d: {channels: 6, kernel: 1}]"
while read -r loss ahead reduction order every schedule; do
    case $loss in
    mse) how=("model.loss={kind: mse, ahead: $ahead}" "model.layers=$images") ;;
    *) how=() ;;
    esac
    expect 0 "finished" "$sidle" train run.yaml data.order=$order optim.loss_reduction=$reduction \
        parallel.update_every=$every parallel.schedule=$schedule "${how[@]}"
    $python twin.py $loss $ahead $reduction $order $every
    rm -r run
done <<'END'
cross_entropy 0 mean sequential 1 backprop
cross_entropy 0 sum sequential 1 sideways
cross_entropy 0 mean stream 2 sideways
mse 2 mean sequential 1 sideways
mse 0 sum stream 1 backprop
mse 5 mean sequential 2 sideways
mse 5 sum stream 3 sideways
END

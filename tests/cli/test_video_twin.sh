#!/usr/bin/env bash
# test_video_twin.sh - convolutional networks on streams of clips: the weights
# after 24 items against a twin that plays each schedule in double precision,
# from its definition; the same bits on 1, 2, 3 and 4 ranks and over a resume.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

# Rows 0 and 1 of an item walk through clips 0, 2, .. and 1, 3, ..: both change
# clips often, but not behind item 13, where a run is cut in two.
cat >make.py <<'END'
import h5py, numpy as np, sys
seed = int(sys.argv[1]) if len(sys.argv) > 1 else np.random.SeedSequence().entropy % 2**32
print("seed", seed)
random = np.random.default_rng(seed)
while True:
    lengths = random.integers(2, 8, 14)
    ends = [set(np.cumsum(lengths[row::2])) for row in (0, 1)]
    if all(sum(e) >= 24 for e in (lengths[::2], lengths[1::2])) and \
       all(13 not in e and {10, 11, 12} & e for e in ends): break
labels = random.integers(0, 3, 14)
labels[4:6] = -1 # often no row of an item has a label
with h5py.File("clips.h5", "w") as f:
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    f["frames"] = random.integers(0, 256, (lengths.sum(), 6, 6, 1), "uint8")
    f["offsets"] = np.cumsum([0] + list(lengths))
    f["labels"] = labels.astype("int32")
END
cat >layers.py <<'END'
# Layers in plain numpy: forward(w, x) and back(w, x, dy), which answers dx and
# the gradients of w. A row is (Y, X, C); w is a dictionary of one layer's own.
import numpy as np
kink = [1.0] # how near an input has come to the bend of a relu or a maximum

def pad(x, p): return np.pad(x, ((0, 0), (p, p), (p, p), (0, 0)))
class conv2d:
    def __init__(self, stride=1): self.s = stride # kernel 3, padding 1
    def taps(self, x):
        n = (x.shape[1] - 1) // self.s + 1
        for i in range(3):
            for j in range(3):
                y, x = (slice(k, k + self.s * (n - 1) + 1, self.s) for k in (i, j))
                yield i, j, np.s_[:, y, x]
    def forward(self, w, x):
        return w["bias"] + sum(pad(x, 1)[at] @ w["weight"][:, i, j].T for i, j, at in self.taps(x))
    def back(self, w, x, dy):
        px, dw = pad(x, 1), np.zeros_like(w["weight"])
        dx = np.zeros_like(px)
        for i, j, at in self.taps(x):
            dw[:, i, j] = np.einsum("byxo,byxi->oi", dy, px[at])
            dx[at] += dy @ w["weight"][:, i, j]
        return dx[:, 1:-1, 1:-1], {"weight": dw, "bias": dy.sum((0, 1, 2))}
class conv2d_transpose: # kernel 3, stride 1, padding 1
    def forward(self, w, x):
        y = np.zeros((len(x), x.shape[1] + 2, x.shape[2] + 2, w["bias"].size))
        for i in range(3):
            for j in range(3):
                y[:, i:i + x.shape[1], j:j + x.shape[2]] += x @ w["weight"][:, i, j]
        return y[:, 1:-1, 1:-1] + w["bias"]
    def back(self, w, x, dy):
        pdy, dx, dw = pad(dy, 1), 0, np.zeros_like(w["weight"])
        for i in range(3):
            for j in range(3):
                part = pdy[:, i:i + x.shape[1], j:j + x.shape[2]]
                dx = dx + part @ w["weight"][:, i, j].T
                dw[:, i, j] = np.einsum("byxi,byxo->io", x, part)
        return dx, {"weight": dw, "bias": dy.sum((0, 1, 2))}
class group_norm:
    def __init__(self, groups): self.g = groups
    def unit(self, x):
        v = x.reshape(len(x), -1, self.g, x.shape[3] // self.g)
        root = np.sqrt(v.var((1, 3), keepdims=True) + 1e-5)
        return (v - v.mean((1, 3), keepdims=True)) / root, root
    def forward(self, w, x): return self.unit(x)[0].reshape(x.shape) * w["scale"] + w["offset"]
    def back(self, w, x, dy):
        u, root = self.unit(x)
        d = (dy * w["scale"]).reshape(u.shape)
        mean = lambda a: a.mean((1, 3), keepdims=True)
        dx = (d - mean(d) - u * mean(d * u)) / root
        return dx.reshape(x.shape), {"scale": (dy * u.reshape(x.shape)).sum((0, 1, 2)), "offset": dy.sum((0, 1, 2))}
class relu:
    def forward(self, w, x):
        kink[0] = min(kink[0], np.abs(x).min())
        return np.maximum(x, 0)
    def back(self, w, x, dy): return dy * (x > 0), {}
class tanh:
    def forward(self, w, x): return np.tanh(x)
    def back(self, w, x, dy): return dy * (1 - np.tanh(x) ** 2), {}
class max_pool: # size 2, stride 1
    def corners(self, x):
        n, m = x.shape[1] - 1, x.shape[2] - 1
        return np.stack([x[:, i:i + n, j:j + m] for i in (0, 1) for j in (0, 1)])
    def forward(self, w, x):
        v = np.sort(self.corners(x), 0)
        # zeros of a relu are equal in both programs
        kink[0] = min([kink[0], *(v[3] - v[2])[v[3] > v[2]]])
        return v[3]
    def back(self, w, x, dy):
        dx, first = np.zeros_like(x), self.corners(x).argmax(0)
        for k in range(4):
            dx[:, k // 2:x.shape[1] - 1 + k // 2, k % 2:x.shape[2] - 1 + k % 2] += dy * (first == k)
        return dx, {}
class upsample: # factor 2
    def forward(self, w, x): return x.repeat(2, 1).repeat(2, 2)
    def back(self, w, x, dy): return dy.reshape(len(x), x.shape[1], 2, x.shape[2], 2, -1).sum((2, 4)), {}
class global_pool:
    def forward(self, w, x): return x.mean((1, 2))
    def back(self, w, x, dy): return np.broadcast_to(dy[:, None, None] / (x.shape[1] * x.shape[2]), x.shape), {}
class linear:
    def forward(self, w, x): return x @ w["weight"].T + w["bias"]
    def back(self, w, x, dy): return dy @ w["weight"], {"weight": dy.T @ x, "bias": dy.sum(0)}
def of(w, name): return {k[len(name) + 1:]: v for k, v in w.items() if k.startswith(name + "/")}
class chain:
    def __init__(self, layers, first=0): self.layers, self.first = layers, first
    def forward(self, w, x):
        for k, l in enumerate(self.layers, self.first): x = l.forward(of(w, "%03d" % k), x)
        return x
    def back(self, w, x, dy):
        xs, grads = [x], {}
        for k, l in enumerate(self.layers, self.first): xs.append(l.forward(of(w, "%03d" % k), xs[-1]))
        for k, l in reversed(list(enumerate(self.layers, self.first))):
            dy, g = l.back(of(w, "%03d" % k), xs[k - self.first], dy)
            grads.update({"%03d/%s" % (k, name): g[name] for name in g})
        return dy, grads
class residual(chain):
    def forward(self, w, x): return x + super().forward(w, x)
    def back(self, w, x, dy):
        dx, grads = super().back(w, x, dy)
        return dx + dy, grads
END
cat >twin.py <<'END'
# twin.py RUN SCHEDULE U ON_CUT LOSS: a block is a list of operations, F item
# and B item, which wait for messages of the blocks beside it, and for nothing
# else: w_i forwards of head start, then B, F, B, F ..
import h5py, numpy as np, sys
from layers import *
B, ITEMS, LR, DECAY, MOMENTUM = 2, 24, 0.05, 0.1, 0.5

with h5py.File("clips.h5") as f:
    frames, offsets, labels = f["frames"][:] / 127.5 - 1, f["offsets"][:], f["labels"][:]
def walk(row): # (frame, clip, number of clips entered)
    clips = range(row, len(labels), B)
    return [(k, c, n) for n, c in enumerate(clips) for k in range(offsets[c], offsets[c + 1])][:ITEMS]
seen = [[walk(row)[t] for row in range(B)] for t in range(ITEMS)]
clip = [np.array([n for _, _, n in rows]) for rows in seen]
x_of = [frames[[k for k, _, _ in rows]] for rows in seen]

front = [conv2d(stride=2), group_norm(2), relu(), residual([conv2d(), tanh()])]
nets = {"cross_entropy": front + [max_pool(), global_pool(), linear()],
        "mse": front + [upsample(), conv2d_transpose()]}

def loss_grad(loss, t, y): # None: no row has a target
    dy, n = np.zeros_like(y), 0
    for b, (k, c, _) in enumerate(seen[t]):
        if loss == "cross_entropy" and labels[c] >= 0:
            e = np.exp(y[b] - y[b].max())
            dy[b] = e / e.sum()
            dy[b, labels[c]] -= 1
        elif loss == "mse" and k + 1 < offsets[c + 1]:
            dy[b] = 2 * (y[b] - frames[k + 1]) / y[b].size
        else: continue
        n += 1
    return dy / n if n else None

# head start of block i of D (from 1), newest activation or its own, current
# weights or its own
kinds = {"sideways": (lambda D, i: 2 * (D - i), True, True), "sideways-1f1b": (lambda D, i: D - i, True, True),
         "delayed": (lambda D, i: 2 * (D - i), False, True), "pipedream": (lambda D, i: D - i, False, False)}

class block:
    def __init__(self, net, w):
        self.net, self.w, self.v = net, w, {k: 0 for k in w}
        self.sum, self.n, self.kept = {}, 0, {}
    def take(self, grads, U):
        for k in grads: self.sum[k] = self.sum.get(k, 0) + grads[k]
        self.n += 1
        if self.n == U: self.update()
    def update(self):
        if self.n == 0: return
        new = {}
        for k in self.w: # new arrays: the old ones may be kept
            self.v[k] = MOMENTUM * self.v[k] + self.sum[k] / self.n
            new[k] = self.w[k] * (1 - LR * DECAY if k.endswith("weight") else 1) - LR * self.v[k]
        self.w, self.sum, self.n = new, {}, 0

def segments(on_cut):
    if on_cut != "flush": return [list(range(ITEMS))]
    starts = [0] + [t for t in range(1, ITEMS) if any(clip[t] != clip[t - 1])] + [ITEMS]
    return [list(range(a, b)) for a, b in zip(starts, starts[1:])]
def operations(items, head):
    ops, ahead = [], iter(items)
    for n, t in enumerate(items):
        ops += [("F", k) for _, k in zip(range(head + 1 if n == 0 else 1), ahead)]
        ops.append(("B", t))
    return ops

def play(blocks, schedule, U, on_cut, loss):
    D = len(blocks)
    if schedule == "backprop":
        for t in range(ITEMS):
            xs = [x_of[t]]
            for b in blocks: xs.append(b.net.forward(b.w, xs[-1]))
            dy = loss_grad(loss, t, xs[-1])
            if dy is None: continue
            for b, x in reversed(list(zip(blocks, xs))):
                dy, g = b.net.back(b.w, x, dy)
                b.take(g, U)
        for b in blocks: b.update()
        return
    head, is_newest, is_current = kinds[schedule]
    for items in segments(on_cut):
        todo = [operations(items, head(D, i + 1)) for i in range(D)]
        act, grad = {(0, t): x_of[t] for t in items}, {}
        newest = [None] * D
        while any(todo):
            for i, b in enumerate(blocks):
                if not todo[i]: continue
                op, t = todo[i][0]
                if op == "F":
                    if (i, t) not in act: continue
                    act[i + 1, t] = b.net.forward(b.w, act[i, t])
                    b.kept[t], newest[i] = b.w, t
                    if i == D - 1: # (gradient, rows that remain)
                        dy = loss_grad(loss, t, act[D, t])
                        grad[D, t] = None if dy is None else (dy, np.ones(B, bool))
                else:
                    if (i + 1, t) not in grad: continue
                    at, w = newest[i] if is_newest else t, b.w if is_current else b.kept[t]
                    grad[i, t] = None
                    if grad[i + 1, t] is not None:
                        dy, rows = grad[i + 1, t]
                        if on_cut == "mask": rows = rows & (clip[t] == clip[at])
                        if rows.any():
                            dx, g = b.net.back(w, act[i, at], dy * rows.reshape((B,) + (1,) * (dy.ndim - 1)))
                            b.take(g, U)
                            grad[i, t] = dx, rows
                todo[i].pop(0)
        for b in blocks: b.update()

def read(name):
    w = {}
    def add(path, d):
        if isinstance(d, h5py.Dataset): w[path] = d[()].astype(float)
    with h5py.File(name) as f: f["/model/layer"].visititems(add)
    return w
def compare(run, schedule, U, on_cut, loss):
    old, end = (read(f"{run}/checkpoints/{name}.h5") for name in ("step-00000000", "final"))
    firsts = [0, 1, 3, 4] + [len(nets[loss])]
    kink[0] = 1.0
    blocks = [block(chain(nets[loss][a:b], a), {k: v for k, v in old.items() if a <= int(k[:3]) < b})
              for a, b in zip(firsts, firsts[1:])]
    play(blocks, schedule, U, on_cut, loss)
    far = moved = 0
    for b in blocks:
        for k in b.w:
            assert b.w[k].shape == end[k].shape, (run, k)
            far = max(far, np.abs(b.w[k] - end[k]).max())
            moved = max(moved, np.abs(end[k] - old[k]).max())
    return far / moved

# Single precision: a weight near 1 is rounded by 6e-8 in each of 24 updates, a
# gradient by some 1e-6 of itself; the largest weight moves by some tenths.
LIMIT = 1e-5
n_near = 0
for line in open("runs"):
    run, schedule, U, on_cut, loss = line.split()
    far = compare(run, schedule, int(U), on_cut, loss)
    print(f"{run}: {far:.2g}, {kink[0]:.2g}")
    if far < LIMIT: continue
    # on the other side of a bend another gradient is the right one
    if kink[0] > 1e-5: sys.exit(f"{line.strip()}: {far:.3g} of the largest change apart")
    n_near += 1
if n_near > 3: sys.exit(f"{n_near} runs differ")
END
cat >run.yaml <<'END'
run: {dir: run, steps: 24}
model:
  kind: layers
  layers:
    - conv2d: {channels: 4, stride: 2}
    - group_norm: {groups: 2}
    - relu
    - residual: [conv2d: {channels: 4}, tanh]
    - max_pool: {size: 2, stride: 1}
    - global_pool
    - linear: {width: 3}
  loss: cross_entropy
parallel: {blocks: 4, partition: [layer.000, layer.001, layer.003, layer.004]}
data: {kind: video, path: clips.h5, batch: 2, order: stream}
optim: {kind: sgd, lr: 0.05, momentum: 0.5, weight_decay: 0.1, clip: 0, warmup: 0, decay: constant}
eval: {every: 0, at_end: false}
checkpoint: {every: 0, at_start: true, keep: 3}
log: {tensorboard: false}
END
front="conv2d: {channels: 4, stride: 2}, group_norm: {groups: 2}, relu, residual: [conv2d: {channels: 4}, tanh]"
mse=("model.loss={kind: mse, ahead: 1}"
    "model.layers=[$front, upsample, conv2d_transpose: {channels: 1, padding: 1}]")

# train RANKS RUN [KEY=VALUE ..], of the table's row
train() {
    local start=() ranks=$1 run=$2 net=()
    shift 2
    [ "$ranks" = 1 ] || start=(mpirun -n "$ranks")
    [ "$loss" = cross_entropy ] || net=("${mse[@]}")
    expect 0 finished "${start[@]}" "$sidle" train run.yaml "run.dir=$run" parallel.schedule=$schedule \
        parallel.update_every=$U parallel.on_cut=$on_cut "${net[@]}" "$@"
}
bits() {
    for group in /model /optimizer; do
        h5dump -g $group "$1/checkpoints/final.h5" | tail -n +2
    done
}
# twin RANKS RUN [KEY=VALUE ..]: one more run for the twin
twin() {
    train "$@"
    echo "$2 $schedule $U $on_cut $loss" >>runs
}
# Activations of their own know no cut; the newest ones do.
all_of_one() {
    for U in 1 3; do
        for loss in cross_entropy mse; do
            for on_cut in mask leak; do
                case $schedule,$on_cut in backprop,leak | delayed,leak | pipedream,leak) continue ;; esac
                twin 1 $schedule.$U.$on_cut.$loss
            done
        done
    done
    loss=cross_entropy on_cut=mask
    case $schedule in
    sideways | pipedream) on_cut=flush twin 1 flushed ;;
    delayed) on_cut=leak twin 1 leaking ;;
    esac
    # P18: two replicas of one row each are one of two rows, masks included.
    [ $schedule != sideways ] || twin 4 replicas parallel.replicas=2 data.batch=1
    $python ../twin.py
    bits $schedule.3.mask.cross_entropy >expected
    for ranks in 2 3 4; do
        train $ranks on.$ranks
        bits on.$ranks | cmp - expected
    done
    train 2 resumed run.steps=13
    train 3 resumed
    grep -q "resuming from" said
    bits resumed | cmp - expected
}
$python make.py
jobs=()
for schedule in backprop sideways sideways-1f1b delayed pipedream; do
    mkdir $schedule
    (cd $schedule && ln ../clips.h5 ../run.yaml . && all_of_one) &
    jobs+=($!)
done
for job in "${jobs[@]}"; do
    wait $job
done

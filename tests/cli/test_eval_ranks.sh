#!/usr/bin/env bash
# test_eval_ranks.sh - an evaluation through the ranks of a chain gives the
# figures of one process to the bit, each rank with its own weights only; what
# one rank cannot do ends all of them.
# timeout: 240
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3

same_on() { # FILE N...: the figures of one process on so many ranks
    local file=$1 n
    shift
    "$sidle" eval $file --json "${words[@]}" >alone
    for n in "$@"; do
        mpirun -n $n "$sidle" eval $file --json "${words[@]}" >together
        cmp alone together || { echo "$file: other figures on $n ranks" && cat alone together && exit 1; }
    done
}

# ---- text
make_text
make_config run
"$sidle" train run.yaml >log 2>&1 || { cat log; exit 1; }
file=run/checkpoints/final.h5
words=()
same_on $file 1 2 3 4
words=(eval.batch=3 eval.stride=5)
same_on run 2 4
words=(data.valid_path=text.txt data.batch=1)
same_on $file 3
words=(parallel.blocks=2)
same_on $file 2
# as the checkpoint's own line of words
expect 0 "^loss [0-9.]+ nats a token, [0-9.]+ bits, accuracy 0\.[0-9]+, [0-9]+ tokens$" \
    mpirun -n 2 "$sidle" eval $file
[ "$(grep -c "^loss" said)" -eq 1 ]

# ---- the loss of weights that are not finite is told, not waited for
if $python -c "import h5py" 2>/dev/null; then
    cp $file nan.h5
    $python -c "
import h5py
with h5py.File('nan.h5', 'r+') as f:
    f['/model/cross/q/weight'][0] = float('nan')"
    expect 74 "/model/cross/q/weight. is damaged" mpirun -n 3 "$sidle" eval nan.h5
    [ "$(grep -c "is damaged" said)" -eq 1 ]
    expect 0 "^loss nan" "$sidle" eval nan.h5 --no-verify
    expect 0 "^loss nan" mpirun -n 3 "$sidle" eval nan.h5 --no-verify
    [ "$(grep -c "the loss on the held-out part is not finite" said)" -eq 1 ]
fi

# ---- what does not fit, and what is damaged
expect 64 "^sidle: .*5 ranks for 4 blocks; start at most 4 ranks, or set parallel.blocks" \
    mpirun -n 5 "$sidle" eval $file
[ "$(grep -c "^sidle: " said)" -eq 1 ]
expect 64 "parallel.blocks" mpirun -n 2 "$sidle" eval $file parallel.blocks=1000
expect 64 "the model comes from the checkpoint" mpirun -n 2 "$sidle" eval $file model.width=4
expect 74 "none.h5" mpirun -n 2 "$sidle" eval none.h5
[ "$(grep -c "none.h5" said)" -eq 1 ]
head -c 20000 $file >cut.h5
expect 65 "cut.h5" mpirun -n 3 "$sidle" eval cut.h5
expect 64 "nothing is held out" mpirun -n 2 "$sidle" eval $file data.valid_fraction=0
expect 74 "nowhere.txt" mpirun -n 2 "$sidle" eval $file data.valid_path=nowhere.txt
expect 64 "CHECKPOINT.*rank 1" mpirun -n 1 "$sidle" eval $file : -n 1 "$sidle" eval cut.h5

# what only one rank does not see
mkdir elsewhere
expect 74 "rank 1|final.h5" mpirun -n 1 "$sidle" eval $file : -n 1 --wdir elsewhere "$sidle" eval $file
expect 74 "text.txt|rank 1" mpirun -n 1 "$sidle" eval "$PWD/$file" : \
    -n 1 --wdir elsewhere "$sidle" eval "$PWD/$file"

# ---- video
$python -c "import h5py, numpy" 2>/dev/null || exit 0
cat >make.py <<'END'
import h5py, numpy
random = numpy.random.default_rng()
offsets = numpy.cumsum([0] + [int(n) for n in random.integers(2, 9, 14)])
with h5py.File("clips.h5", "w") as f:
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    f.create_dataset("frames", data=random.integers(0, 255, (offsets[-1], 8, 6, 1), "uint8"))
    f["offsets"] = offsets
    labels = random.integers(-1, 3, 14)
    labels[[0, 7]] = 2 # the first clips of both parts
    f["labels"] = labels.astype("int8")
END
$python make.py
cat >video.yaml <<'END'
run: {dir: video, steps: 30, seed: 3}
model:
  kind: layers
  layers:
    - conv2d: {channels: 4}
    - relu
    - flatten
    - linear: {width: 16}
    - residual: [linear: {width: 16}, relu]
    - dropout: {rate: 0.3}
    - linear: {width: 3}
  loss: cross_entropy
parallel: {blocks: 4, schedule: sideways}
data: {kind: video, path: clips.h5, batch: 4, order: stream, valid_fraction: 0.5}
optim: {warmup: 5, decay: constant}
eval: {every: 10, items: 2}
checkpoint: {every: 30}
log: {every: 10}
END
"$sidle" train video.yaml >log 2>&1 || { cat log; exit 1; }
words=()
same_on video/checkpoints/final.h5 1 2 3 4
words=(data.batch=5 data.valid_path=clips.h5)
same_on video 2 4

# skips between blocks
sed 's/^run: {dir: video/run: {dir: skips/; s/schedule: sideways/schedule: skip-sideways/
    s/^    - dropout: .*/    - skip: {from: layer.003}/; s/every: 10, items: 2/every: 0, at_end: false/' \
    video.yaml >skips.yaml
"$sidle" train skips.yaml >log 2>&1 || { cat log; exit 1; }
same_on skips 2 3

# rows without a target, frames to predict
sed 's/^run: {dir: video/run: {dir: ahead/; /^    - /d; /^  layers:/a\
    - conv2d: {channels: 4, stride: 2}\
    - tanh\
    - upsample\
    - conv2d: {channels: 1}
    s/loss: cross_entropy/loss: {kind: mse, ahead: 2}/' video.yaml >ahead.yaml
"$sidle" train ahead.yaml >log 2>&1 || { cat log; exit 1; }
words=()
same_on ahead 1 2 4
expect 0 "^loss [0-9.]+ squared error a target, [0-9]+ frames$" mpirun -n 3 "$sidle" eval ahead

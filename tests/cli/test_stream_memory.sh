#!/usr/bin/env bash
# test_stream_memory.sh - what a rank of Sideways keeps grows neither with the
# number of blocks nor with the length of the stream.
# timeout: 180
# label: once
. "$(dirname "$0")/expect.sh"
python=/usr/bin/python3
if ! $python -c "import h5py, numpy" 2>/dev/null; then
    echo "skipped: no h5py for $python; install python3-h5py"
    exit 77
fi

# Four clips of the same length; all frames of the long file are 98 MiB.
cat >make.py <<'END'
import h5py, numpy, sys
n = int(sys.argv[1])
with h5py.File(sys.argv[2], "w") as f:
    f.attrs["format"] = "sidle-video"
    f.attrs["format_version"] = 1
    d = f.create_dataset("frames", (n, 32, 32, 1), "uint8", chunks=(50, 32, 32, 1), compression=1)
    part = numpy.arange(1000, dtype="uint8").repeat(1024).reshape(1000, 32, 32, 1)
    for at in range(0, n, 1000): d[at:at + 1000] = part
    f["offsets"] = numpy.arange(5) * (n // 4)
    f["labels"] = numpy.arange(4, dtype="int32") % 2
END
cat >run.yaml <<'END'
run: {steps: 100}
model: {kind: layers, loss: cross_entropy}
parallel: {schedule: sideways, update_every: 1, blocks: 0}
data: {kind: video, batch: 4, order: stream}
optim: {kind: sgd, lr: 0.01, clip: 0}
eval: {every: 0, at_end: false}
checkpoint: {every: 0, at_start: false, keep: 1}
log: {tensorboard: false}
END

# run_of RANKS KEY=VALUE .. -> a line "rank predicted reserved resident" each
run_of() {
    local ranks=$1
    shift
    expect 0 "finished" mpirun -n "$ranks" "$sidle" train run.yaml run.dir=run "$@"
    rm -r run
    sed -nE 's/^.*memory of rank ([0-9]+): ([0-9.]+) MiB predicted, ([0-9.]+) MiB reserved, at most ([0-9]+) MiB resident.*$/\1 \2 \3 \4/p' said
    [ "$(grep -c "memory of rank" said)" -eq "$ranks" ]
}

# network D: D blocks of a convolution and its relu; the last one has the head, too
network() {
    local layers="conv2d: {channels: 8}, relu" units=layer.000
    for ((i = 1; i < $1; i++)); do
        layers+=", conv2d: {channels: 8}, relu"
        units+=$(printf ", layer.%03d" $((2 * i)))
    done
    net=("model.layers=[$layers, global_pool, linear: {width: 2}]" "parallel.blocks=$1" "parallel.partition=[$units]")
}
$python make.py 1000 short.h5
for D in 2 8 16; do
    network $D
    run_of $D data.path=short.h5 "${net[@]}" run.steps=40 >blocks.$D
done
network 8
run_of 8 data.path=short.h5 "${net[@]}" run.steps=40 parallel.schedule=delayed >delayed
$python make.py 100000 long.h5
network 2
for name in short long; do
    run_of 2 data.path=$name.h5 "${net[@]}" data.stride=25 run.steps=1000 >$name
done

# The first, the last and each other block need what they need of any D; what
# messages between more ranks take, and threads, is a few MiB at most.
for D in 2 8 16; do
    head -n 1 blocks.$D | cut -d ' ' -f 2,3 >>first
    sed 1d blocks.$D | sed '$d' | cut -d ' ' -f 2,3 >>middle
    tail -n 1 blocks.$D | cut -d ' ' -f 2,3 >>last
done
for place in first middle last; do
    [ "$(sort -u $place | wc -l)" -eq 1 ] || { echo "$place block:"; cat blocks.*; exit 1; }
done
[ "$(wc -l <middle)" -eq 20 ]
cmp <(cut -d ' ' -f 1-3 short) <(cut -d ' ' -f 1-3 long)
cat blocks.* short long | awk '{ if (NR == 1 || $4 < least) least = $4; if ($4 > most) most = $4 }
    END { if (most - least > 12) { print "resident: " least " to " most " MiB"; exit 1 } }'
# A schedule whose blocks keep activations needs more for more blocks.
paste -d ' ' blocks.8 delayed | awk '$1 < 7 && $6 <= $2 { print "delayed keeps nothing: " $0; exit 1 }'

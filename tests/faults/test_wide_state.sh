#!/usr/bin/env bash
# test_wide_state.sh - a drill: the state of a wide model, 2.5 GiB, saved and
# loaded on 2 ranks in every mode, to the same checksums.
# timeout: 3600
# label: drill
. "$(dirname "$0")/../cli/expect.sh"
memory=$(awk '/MemAvailable/ {print int($2 / 1048576)}' /proc/meminfo)
disk=$(df --output=avail -k . | awk 'END {print int($1 / 1048576)}')
if [ "$memory" -lt 8 ] || [ "$disk" -lt 14 ]; then
    echo "skipped: 8 GiB of memory and 14 GiB of disk are needed, $memory and" \
        "$disk are free"
    exit 77
fi
make_text
cat >wide.yaml <<END
run:      {dir: run, steps: 1}
model:    {context: 8, latents: 4, width: 3776, heads: 32, layers: 1}
parallel: {blocks: 2, partition: [cross, self.000], schedule: 1f1b, update_every: 1}
data:     {path: text.txt, batch: 1, valid_fraction: 0}
optim:    {kind: sgd, lr: 1e-4, momentum: 0.9, decay: constant, warmup: 0}
checkpoint: {keep: 1}
END

# all checksums but that of /config, which names the mode
sums() {
    h5dump -d /integrity/xxh3_128 "$1" | grep -E '^ +\([1-9][0-9]*\):'
}

for mode in independent collective funnel; do
    expect 0 "final.h5" mpirun -n 2 "$sidle" train wide.yaml checkpoint.mode=$mode
    grep "saved run" said
    one=run/checkpoints/step-00000001.h5
    [ "$(stat -c %s $one)" -gt $((2500 << 20)) ]
    expect 0 "every checksum" "$sidle" verify $one
    sums $one >ones.$mode
    rm run/checkpoints/final.h5
    expect 0 "resuming from .*step-00000001" mpirun -n 2 "$sidle" train wide.yaml \
        checkpoint.mode=$mode run.steps=2
    sums run/checkpoints/step-00000002.h5 >twos.$mode
    cmp ones.independent ones.$mode
    cmp twos.independent twos.$mode
    rm -r run
done
if cmp -s ones.funnel twos.funnel; then
    echo "FAIL: step 2 has the bits of step 1" >&2
    exit 1
fi

#!/usr/bin/env bash
# test_space.sh - files that may not grow: a save that fails says why, the run
# goes on to its end, older checkpoints are unharmed, and nothing is lost.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/eval: .*/eval: {every: 0}/; s/steps: 6/steps: 1000/; s/every: 3}/every: 500}/' run.yaml
sed -i 's/warmup: 2/warmup: 2, decay: constant/' run.yaml
# all checksums but that of /config, which names the mode
sums() {
    checksums "$1" >dump
    h5dump -d /integrity/xxh3_128 "$1" | grep -E '^ +\([1-9][0-9]*\):'
}
mpirun -n 2 "$sidle" train run.yaml >log 2>&1
sums run/checkpoints/final.h5 >whole
rm -r run

# The limit comes while it runs: mpirun and MPI_Init write files of their own. It
# has 460 items of time, since on a busy machine this script may wait as well.
for how in "0 independent" "100000 collective" "0 funnel"; do
    read -r bytes mode <<<"$how"
    sed -i "s/{every: 500.*}/{every: 500, mode: $mode}/" run.yaml
    expect 0 "final.h5" "$sidle" train run.yaml run.steps=20
    rm run/checkpoints/final.h5
    start_ranks 2 "$sidle" train run.yaml
    until_true grep -qs "step 40/" log
    for rank in 0 1; do
        prlimit --pid "$(cat pid.$rank)" --fsize=$bytes
    done
    code=0
    wait "$pid" || code=$?
    [ $code -eq 74 ] || { echo "ended with $code"; cat log; exit 1; }
    grep -q "step 500 was not saved.*run/checkpoints.*File too large" log
    grep -q "step 998/" log
    grep -q "^sidle: input/output: .*File too large" log
    [ "$(ls -A run/checkpoints | tr '\n' ' ')" = "latest.h5 step-00000020.h5 " ]
    expect 0 "resuming from .*step-00000020" mpirun -n 3 "$sidle" train run.yaml
    sums run/checkpoints/final.h5 | cmp - whole
    rm -r run
done

#!/usr/bin/env bash
# test_replicas.sh - chains that train together: the ranks they need, the result
# of one chain with all rows, a stop wherever the wish is heard, another number
# of ranks after it, and who waits for whom.
# timeout: 240
# label: once
. "$(dirname "$0")/expect.sh"
make_text
for name in whole signal; do
    make_config $name
    sed -i 's/steps: 6/steps: 300/; s/every: 3}/every: 100}/; s/seed: 3/seed: 3, name: x/
        s/blocks: 4/blocks: 4, replicas: 2/; s/warmup: 2/warmup: 2, decay: constant/' $name.yaml
done

# ranks that make no whole chains
expect 64 "3 ranks cannot be shared by parallel.replicas=2.*such as 4" \
    mpirun -n 3 "$sidle" train whole.yaml
expect 64 "1 rank cannot be shared by parallel.replicas=2.*such as 2" \
    "$sidle" train whole.yaml
expect 64 "5 ranks a replica for 4 blocks; start at most 8 ranks" \
    mpirun -n 10 "$sidle" train whole.yaml
[ ! -e whole/checkpoints/latest.h5 ]

# who is who
expect 0 "4 blocks on 4 ranks, 2 replicas of 2 rows" \
    mpirun -n 4 "$sidle" train whole.yaml --dry-run
grep -q "ranks 0, 2: blocks 1 to 2" said
grep -q "ranks 1, 3: blocks 3 to 4" said
expect 0 "4 blocks on 6 ranks, 3 replicas" \
    mpirun -n 6 "$sidle" train whole.yaml parallel.replicas=3 --dry-run
grep -q "ranks 0, 2 .. 4: blocks 1 to 2" said
# one block a rank of a chain, where blocks are not given
expect 0 "2 blocks on 4 ranks" \
    mpirun -n 4 "$sidle" train whole.yaml parallel.blocks=0 --dry-run

# as one chain with the rows of both, to rounding, with dropout; and clips that
# are cut at other items in each row
one_chain() {
    local ranks=$1
    shift
    rm -rf sum
    mpirun -n "$ranks" "$sidle" train "$@" >log 2>&1 || { cat log; exit 1; }
    grep -oE "(train|valid) loss [0-9.]+" log | tail -2
}
make_config sum
for more in "parallel.schedule=1f1b" "parallel.schedule=pipedream" \
    "parallel.schedule=sideways parallel.on_cut=mask data.order=stream" \
    "parallel.schedule=sideways parallel.on_cut=flush data.order=stream"; do
    # shellcheck disable=SC2086
    set -- sum.yaml run.steps=40 parallel.update_every=2 model.dropout=0.1 \
        optim.kind=sgd optim.lr=0.1 data.stride=120 eval.every=20 \
        checkpoint.every=0 $more
    one_chain 4 "$@" parallel.replicas=2 >two
    mv sum/checkpoints/final.h5 two.h5
    one_chain 2 "$@" data.batch=4 >one
    cmp one two
    h5diff -d 1e-6 two.h5 sum/checkpoints/final.h5 /model
    md5sum <two >>all
done
[ "$(wc -l <two)" -eq 2 ]
[ "$(sort -u all | wc -l)" -eq 4 ] # they are runs of their own

# the ranks of a chain change no bit of a file, in the middle and at the end
make_config bits
for ranks in 2 4 6 8; do
    mpirun -n $ranks "$sidle" train bits.yaml run.steps=9 checkpoint.every=5 \
        parallel.replicas=2 parallel.update_every=2 optim.kind=muon \
        model.dropout=0.1 >log 2>&1 || { cat log; exit 1; }
    for file in step-00000005.h5 final.h5; do
        checksums bits/checkpoints/$file >$file.$ranks
        grep -q /pipeline/replica_001/block_002/ $file.$ranks
        cmp $file.2 $file.$ranks
    done
    rm -r bits
done

same() {
    h5diff "$1" "$2" /model && h5diff "$1" "$2" /optimizer
}

# a wish that only one rank of replica 1 hears, then other ranks
mpirun -n 4 "$sidle" train whole.yaml >/dev/null 2>&1
start_ranks 4 "$sidle" train signal.yaml
until_true grep -q "step 20/" log
kill -USR1 "$(cat pid.3)"
code=0
wait "$pid" || code=$?
[ $code -eq 75 ] || { echo "stopped with $code"; cat log; exit 1; }
[ ! -e signal/checkpoints/final.h5 ]
"$sidle" verify signal/checkpoints/latest.h5
expect 64 "parallel.replicas is 1, but the run that is resumed has 2" \
    mpirun -n 2 "$sidle" train signal.yaml parallel.replicas=1
expect 0 "resuming from" mpirun -n 6 "$sidle" train signal.yaml run.steps=200
expect 0 "resuming from" mpirun -n 2 "$sidle" train signal.yaml
same whole/checkpoints/final.h5 signal/checkpoints/final.h5

# a figure for both
expect 0 '"ranks": 4' mpirun -n 4 "$sidle" bench tick whole.yaml --json

# a replica that does not come is named; so is the one that decides
stopped() {
    local rank=$1 words=$2 code=0
    shift 2
    rm -rf run
    start_ranks 2 "$sidle" train run.yaml "$@"
    until_true grep -q "step 40/" log
    kill -STOP "$(cat "pid.$rank")"
    wait "$pid" || code=$?
    kill -KILL "$(cat "pid.$rank")" 2>/dev/null || true
    [ "$code" -eq 70 ] || { echo "ended with $code"; cat log; exit 1; }
    grep -qE "run.patience.*$words" log || { cat log; exit 1; }
}
make_config run
sed -i 's/steps: 6,/steps: 100000, patience: 2,/; s/every: 3}/every: 1000000, best: false}/
    s/blocks: 4/blocks: 4, replicas: 2/' run.yaml # no rank waits in a save
stopped 1 "waits for its gradients of replica 1 \(rank 1\), whose sum is due"
stopped 0 "block 1 waits for the decision about item .*, replica 0 \(rank 0\)" \
    parallel.update_every=1000000
stopped 1 "block 1 waits at item .* for replica 1 \(rank 1\), which is at an earlier item" \
    parallel.update_every=1000000

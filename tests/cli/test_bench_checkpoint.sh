#!/usr/bin/env bash
# test_bench_checkpoint.sh - figures of checkpoints, alone and on two ranks; what
# was written to get them is gone, also where it cannot be written.
# timeout: 120
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
expect 0 "plain write and fsync: [0-9.]+ s" "$sidle" bench checkpoint run.yaml
for mode in independent collective funnel; do
    grep -qE "^$mode, 1 rank: write and fsync [0-9.]+ s" said
    grep -qE "^$mode: verification [0-9.]+ s" said
    grep -qE "^$mode: whole commit [0-9.]+ s, [0-9.]+ of plain" said
done
[ ! -e run ]

# one JSON object, alone on standard output; what lies in the folder stays
mkdir run
echo mine >run/mine
mpirun -n 2 "$sidle" bench checkpoint run.yaml --json 2>said >json
for key in bytes ranks turns plain_seconds mode write_seconds fsync_seconds \
    write_fsync_seconds verify_seconds commit_seconds write_fsync_of_plain \
    commit_of_plain; do
    grep -q "\"$key\":" json
done
[ "$(grep -o '"mode":' json | wc -l)" -eq 3 ]
[ "$(ls -A run)" = mine ]
rm -r run

expect 64 "needs a configuration" "$sidle" bench checkpoint
expect 64 "gemm, tick or checkpoint" "$sidle" bench disk
expect 74 "cannot make 'none/run': No such file" \
    mpirun -n 2 "$sidle" bench checkpoint run.yaml run.dir=none/run
# without shared memory MPI itself writes no large file
export OMPI_MCA_btl=self,tcp
expect 74 "File too large" mpirun -n 2 bash -c 'ulimit -f 100; exec "$@"' - \
    "$sidle" bench checkpoint run.yaml
[ ! -e run ]

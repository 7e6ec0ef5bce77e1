#!/usr/bin/env bash
# test_missing_rank.sh - a process of the job that never starts MPI, or that ends
# before the others begin: said, and not waited for in silence.
# label: drill
# timeout: 120
. "$(dirname "$0")/../cli/expect.sh"
make_text
make_config run

expect 3 "Exit code: +3" mpirun -n 2 "$sidle" train run.yaml : \
    -n 1 bash -c "sleep 0.3; exit 3"
[ ! -e run/checkpoints/final.h5 ]

# mpirun takes this one for a success, so the others wait
mpirun -n 2 "$sidle" train run.yaml : -n 1 true >log 2>&1 &
pid=$!
until_true grep -qs "MPI has been starting for 30 s" log
grep -q "rank [01]: .*a process of this job has not called MPI_Init yet; .*check that all processes run this program" log
kill -TERM $pid
code=0
wait $pid || code=$?
[ $code -ne 0 ]
expect 0 "finished" mpirun -n 3 "$sidle" train run.yaml
lacks "has been starting" said

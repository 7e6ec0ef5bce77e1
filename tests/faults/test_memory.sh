#!/usr/bin/env bash
# test_memory.sh - no room in /dev/shm, where Open MPI's ranks of a host exchange
# messages, is told before it hurts; a page that cannot be had is explained.
# needs: tmpfs
# timeout: 120
# label: once
. "$(dirname "$0")/../cli/expect.sh"
make_text
make_config run
unset OMPI_MCA_btl OMPI_MCA_btl_vader_backing_directory

mpirun -n 3 "$sidle" train run.yaml >said 2>&1
lacks "MiB there for their messages" said
checksums run/checkpoints/final.h5 >whole
rm -r run

# small SIZE COMMAND: with so much in /dev/shm
small() { unshare -rm bash -euc "mount -t tmpfs -o size=$1 tmpfs /dev/shm; $2"; }

expect 0 "warning: /dev/shm has 1.0 MiB free, and the 3 ranks of this host need 12 MiB .*OMPI_MCA_btl=self,tcp" \
    small 1m "mpirun -n 3 '$sidle' train run.yaml"
[ "$(grep -c "MiB there for their messages" said)" -eq 1 ]
checksums run/checkpoints/final.h5 | cmp - whole
rm -r run
# the cures: sockets, or another folder
expect 0 "finished" small 1m "OMPI_MCA_btl=self,tcp mpirun -n 3 '$sidle' train run.yaml"
lacks "MiB there|likely that your MPI job" said
checksums run/checkpoints/final.h5 | cmp - whole
rm -r run
mkdir room
expect 0 "finished" small 1m "OMPI_MCA_btl_vader_backing_directory=$PWD/room mpirun -n 3 '$sidle' train run.yaml"
lacks "MiB there|likely that your MPI job" said
checksums run/checkpoints/final.h5 | cmp - whole

# a page that is not there any more
start_ranks 2 "$sidle" train run.yaml run.steps=1000000 checkpoint.every=100
until_true grep -qs "saved .*step-00000100" log
: >text.txt
code=0
wait "$pid" || code=$?
[ $code -eq 70 ] || { echo "ended with $code"; cat log; exit 1; }
grep -q "bus error: .*/dev/shm.* is full .*a data file was truncated while the run reads it" log
expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5

#!/usr/bin/env bash
# run.sh - ticks of two ranks on two hosts, with and without Open MPI's progress
# thread for sockets, three times in turn. From the top of the clone:
#
#   experiments/links/run.sh HOST1,HOST2 [more words for mpirun]
#
# The hosts see the clone under the same path. To make a link slow, on each host:
#   tc qdisc add dev ETH root tbf rate 100mbit burst 128kb latency 100ms
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
hosts=${1:?which two hosts: run.sh HOST1,HOST2}
shift

ticks() {
    local name=$1
    shift
    printf '%s: ' "$name"
    mpirun --host "$hosts" -n 2 --bind-to none "$@" build/sidle bench tick \
        "$here/link.yaml" --items 12
}

export BLIS_NUM_THREADS=1
for _ in 1 2 3; do
    ticks "polls between layers" "$@"
    ticks "progress thread" --mca btl_tcp_progress_thread 1 "$@"
done

#!/usr/bin/env bash
# run.sh - ticks of two ranks on two hosts, by schedule, three times in turn: as
# it is, with Open MPI's progress thread for sockets, and with messages sent
# without asking first. From the top of the clone:
#
#   experiments/links/run.sh HOST1,HOST2 [more words for mpirun]
#
# The hosts see the clone under the same path. For the rows "none" run it as it
# is; then make the link slow, on each host, and run it again:
#
#   tc qdisc add dev ETH root tbf rate 1gbit burst 128kb latency 100ms    # or 200mbit
#
# Median seconds an item go to standard output.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
hosts=${1:?which two hosts: run.sh HOST1,HOST2}
shift
eager="--mca btl_tcp_eager_limit 2200000 --mca btl_tcp_max_send_size 2200000"

ticks() { # SCHEDULE U NAME WORDS-FOR-MPIRUN...
    local schedule=$1 u=$2 name=$3
    shift 3
    printf '%s, U = %s, %s: ' "$schedule" "$u" "$name"
    mpirun --host "$hosts" -n 2 --bind-to none "$@" build/sidle bench tick \
        "$here/link.yaml" parallel.schedule="$schedule" \
        parallel.update_every="$u" --items 64
}

export BLIS_NUM_THREADS=1
for _ in 1 2 3; do
    for of in "sideways 1" "sideways-1f1b 1" "delayed 1" "pipedream 1" "1f1b 8"; do
        # shellcheck disable=SC2086
        ticks $of "polls between layers" "$@"
        # shellcheck disable=SC2086
        ticks $of "progress thread" --mca btl_tcp_progress_thread 1 "$@"
        # shellcheck disable=SC2086
        ticks $of "sent at once" $eager "$@"
    done
done

#!/usr/bin/env bash
# run.sh - run the trials whose names match, two at a time, each in one process;
# what is done already is not done again, nor what another run.sh is doing. From
# the top of the clone:
#
#   ./bootstrap build && experiments/schedules/run.sh [PATTERN] [JOBS]
#
# Results go to runs/schedules/<name>/loss, and all of them to standard output;
# collect.sh puts them into results.tsv.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
sidle=${SIDLE:-build/sidle}
runs=${RUNS:-runs/schedules}

trial() {
    local dir=$runs/$1 name=$1
    shift
    mkdir -p "$dir"
    exec 9>"$dir/busy"
    flock -n 9 || return 0
    [ ! -s "$dir/loss" ] || return 0
    if "$sidle" train "$here/base.yaml" run.dir="$dir" "$@" >"$dir/out" 2>&1; then
        grep -o '"loss": *[0-9.e+-]*' "$dir/final.json" |
            sed 's/.*: *//' >"$dir/loss"
    elif grep -qE ' is -?(nan|inf)|not finite' "$dir/out"; then # rate too large
        echo diverged >"$dir/loss"
    else
        echo "$name: no loss; see $dir/out" >&2
        return 1
    fi
    rm -rf "$dir/checkpoints"
    echo "$name $(cat "$dir/loss")"
}

if [ "${1:-}" = --one ]; then
    shift
    trial "$@"
    exit
fi
for list in trials rule; do "$here/$list.sh"; done |
    { grep -E "${1:-.}" || true; } | xargs -r -P "${2:-2}" -L 1 "$0" --one

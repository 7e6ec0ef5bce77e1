#!/usr/bin/env bash
# run.sh - run the trials whose names match, two at a time, each in one process;
# what is done already is not done again. From the top of the clone:
#
#   ./bootstrap build && experiments/schedules/run.sh [PATTERN] [JOBS]
#
# Results go to runs/schedules/<name>/loss, and all of them to standard output.
set -euo pipefail
here=$(dirname "${BASH_SOURCE[0]}")
sidle=${SIDLE:-build/sidle}
runs=${RUNS:-runs/schedules}

trial() {
    local dir=$runs/$1 name=$1
    shift
    [ -s "$dir/loss" ] && return
    mkdir -p "$dir"
    if "$sidle" train "$here/base.yaml" run.dir="$dir" "$@" >"$dir/out" 2>&1; then
        "$sidle" eval "$dir/checkpoints/final.h5" --json |
            grep -o '"loss": *[0-9.e+-]*' | sed 's/.*: *//' >"$dir/loss"
    else # a rate that is too large: no number comes out
        echo diverged >"$dir/loss"
    fi
    rm -rf "$dir/checkpoints"
    echo "$name $(cat "$dir/loss")"
}

if [ "${1:-}" = --one ]; then
    shift
    trial "$@"
    exit
fi
"$here/trials.sh" | { grep -E "${1:-.}" || true; } |
    xargs -r -P "${2:-2}" -L 1 "$0" --one

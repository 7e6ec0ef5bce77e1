#!/usr/bin/env bash
# test_flips.sh - 100 flipped bits and 20 truncations of a checkpoint of a run,
# at places drawn from a seed: test_flips.sh PROGRAM SOURCES [SEED]
# timeout: 300
flips=${flips:-100}
cuts=${cuts:-20}
. "$(dirname "$0")/../cli/expect.sh"
make_text
make_config run
"$sidle" train run.yaml parallel.blocks=2 run.steps=5 checkpoint.at_start=true \
    >/dev/null 2>&1
# a step file: everything in flight stands in it
file=run/checkpoints/step-00000003.h5
expect 0 "/pipeline/" "$sidle" inspect --all $file
"$(dirname "$sidle")/damage" $file "$flips" "$cuts" "${3:-1}" 2>reports ||
    { tail -n 40 reports >&2; exit 1; }
# in a build with sanitizers: whether HDF5 or we ended a fenced child
awk -f "$2/tests/faults/blame.awk" reports >&2

#!/usr/bin/env bash
# test_keep.sh - which checkpoints stay: the newest, and those of every so many
# items, which are never removed.
. "$(dirname "$0")/expect.sh"
make_text
make_config run
expect 0 "final.h5" mpirun -n 2 "$sidle" train run.yaml run.steps=21 \
    checkpoint.every=2 checkpoint.keep=2 checkpoint.keep_every=6
[ "$(ls -A run/checkpoints | tr '\n' ' ')" = "final.h5 latest.h5 \
step-00000006.h5 step-00000012.h5 step-00000018.h5 step-00000020.h5 \
step-00000021.h5 " ]
[ "$(readlink run/checkpoints/latest.h5)" = step-00000021.h5 ]

# another rule on the next start holds from its first checkpoint on
expect 0 "final.h5" mpirun -n 2 "$sidle" train run.yaml run.steps=24 \
    checkpoint.every=0 checkpoint.keep=1 checkpoint.keep_every=12
[ "$(ls -A run/checkpoints | tr '\n' ' ')" = "final.h5 latest.h5 \
step-00000012.h5 step-00000024.h5 " ]

# one before the first item, on demand
expect 0 "step-00000000" "$sidle" train run.yaml run.dir=other \
    checkpoint.at_start=true
[ -e other/checkpoints/step-00000000.h5 ]

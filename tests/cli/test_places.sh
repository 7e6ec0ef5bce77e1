#!/usr/bin/env bash
# test_places.sh - a context that the position tables have no places for is
# refused with what to write, in every command; a smaller one is told.
. "$(dirname "$0")/expect.sh"
make_text
make_config run model.positions=learned

places() { # places SIZES CONTEXT [key=value ...]: the words of these numbers
    echo "model.positions=learned model.position_sizes=$1 model.context=$2"
}

for command in "train run.yaml" "train run.yaml --dry-run" \
    "plan run.yaml --ranks 1" "bench tick run.yaml"; do
    expect 64 "so \[28, 28\] is a 26 x 26 grid.*for 28 x 28 write \[30, 30\]" \
        "$sidle" $command $(places [28,28] 784)
    expect 64 "for 128 x 4 write \[130, 6\]" \
        "$sidle" $command $(places [128,4] 512)
done
expect 64 "model.position_pad: true" \
    "$sidle" train run.yaml --dry-run $(places [16,16] 256)
expect 0 "the 60 inputs after them cannot be distinguished" \
    "$sidle" train run.yaml --dry-run $(places [16,16] 256) model.position_pad=true
expect 0 "16 x 16 grid with places for 256 inputs; those after 24 are never" \
    "$sidle" plan run.yaml --ranks 1 $(places [18,18] 24)
[ "$(grep -c "never used" said)" -eq 1 ]

# trained, and every command reads it
expect 0 "the 28 inputs after them" "$sidle" train run.yaml $(places [8,8] 128) \
    model.position_sizes=[12,12] model.position_pad=true run.steps=1
expect 0 "loss" "$sidle" eval run/checkpoints/final.h5
lacks warning said
expect 64 "model.position_pad is false" "$sidle" train run.yaml \
    $(places [12,12] 100) run.steps=2 model.context=128 model.position_pad=false

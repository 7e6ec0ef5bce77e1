#!/usr/bin/env bash
# test_alike.sh - ranks that were given different words do not start: the first
# rank that differs is named, with the word and both values.
# timeout: 300
. "$(dirname "$0")/expect.sh"
make_text
make_config run

# PATTERN, then the words of rank 0 and of rank 1: nothing is begun
refuse() {
    expect 64 "$1" mpirun -n 1 "$sidle" train ${2:-run.yaml} : \
        -n 1 "$sidle" train ${3:-run.yaml}
    [ "$(grep -c '^sidle: ' said)" -le 1 ]
    [ ! -e run ] && [ ! -e other ]
}

advice="start all ranks with the same program and the same words"
refuse "rank 1 .*: optim.lr is 0.002 on rank 1 and 0.001 on rank 0; $advice" \
    "run.yaml optim.lr=1e-3" "run.yaml optim.lr=2e-3"
refuse "run.steps is 6 on rank 1 and 9 on rank 0" "run.yaml run.steps=9"
refuse "run.dir is other on rank 1 and run on rank 0" "" "run.yaml run.dir=other"
refuse "model.dropout is 0.5 on rank 1" "" "run.yaml model.dropout=0.5"
refuse "parallel.partition is self.001 on rank 1 and auto on rank 0" "" \
    "run.yaml parallel.partition=[self.001]"
refuse "the configuration is none.yaml on rank 1 and run.yaml on rank 0" "" \
    none.yaml
refuse "no key 'optim.lrr'" "" "run.yaml optim.lrr=1"
refuse "\-\-resume is never on rank 1 and auto on rank 0" "" \
    "run.yaml --resume never"
refuse "\-\-resume before auto is x.h5 on rank 1 and not given on rank 0" "" \
    "run.yaml --resume x.h5 --resume auto"
refuse "\-\-init is not given on rank 1 and x.h5 on rank 0" "run.yaml --init x.h5"
refuse "\-\-dry-run is given on rank 1" "" "run.yaml --dry-run"

# what argp refuses is told by rank 0; by another one where only that is wrong
refuse "^sidle train: unrecognized option '--wrong'" "run.yaml --wrong" \
    "run.yaml --wrong"
if grep "^rank 1: " said; then exit 1; fi
refuse "^rank 1: sidle train: unrecognized option '--wrong'" "" "run.yaml --wrong"
refuse "^rank 1: sidle train: \"word\" is not key=value" "" "run.yaml word"

# help is for one rank to print, and the others end
expect 0 "Usage: sidle train" mpirun -n 3 "$sidle" train --help
[ "$(grep -c Usage: said)" -eq 1 ]

# of the same words in another order, and of ones that change nothing
expect 0 "finished" \
    mpirun -n 1 "$sidle" train run.yaml optim.lr=1e-3 run.steps=4 : \
    -n 1 "$sidle" train run.yaml run.steps=4 optim.lr=0.001 log.trace=0

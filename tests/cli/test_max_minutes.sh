#!/usr/bin/env bash
# test_max_minutes.sh - a run whose time is over saves, answers 75, and goes on.
# label: drill
# timeout: 240
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 10000000/; s/every: 3}/every: 0, minutes: 0}/; s/every: 3,/every: 0,/; s/every: 2}/every: 1000}/' run.yaml

from=$SECONDS
expect 75 "stop: run.max_minutes is over" mpirun -n 3 "$sidle" train run.yaml \
    run.max_minutes=1
took=$((SECONDS - from))
[ $took -ge 59 ] && [ $took -le 90 ] || { echo "took $took s"; exit 1; }
[ "$(grep -c "^saved" said)" -eq 1 ] # there was no other reason to save
expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5
step=$(readlink run/checkpoints/latest.h5 | sed 's/^step-0*//; s/.h5$//')
expect 0 "changed: run.max_minutes from 1 to 0" mpirun -n 2 "$sidle" train \
    run.yaml run.steps=$((step + 5)) run.max_minutes=0

#!/usr/bin/env bash
# test_time_limit.sh - a run stops in time before the end of its Slurm job, and
# says so.
# timeout: 180
# label: once
# alone: others on the same cores would take its seconds
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 1000000/; s/every: 3}/every: 0}/; s/every: 2}/every: 0}/' run.yaml

# 38 seconds are left: half a minute is for what comes after the run
begin=$(date +%s)
export SLURM_JOB_END_TIME=$((begin + 38))
expect 75 "stop: SLURM_JOB_END_TIME is in 3[0-9] s; stopping and saving may take 3[0-9] s" \
    mpirun -n 2 "$sidle" train run.yaml
[ $(($(date +%s) - begin)) -lt 38 ]
"$sidle" verify run/checkpoints/latest.h5
[ ! -e run/checkpoints/final.h5 ]

# 20 seconds are too few for that, in each attempt: it does not begin
metrics=$(cat run/metrics.csv)
SLURM_JOB_END_TIME=$(($(date +%s) + 20)) expect 64 \
    "SLURM_JOB_END_TIME is in [12][0-9] s, but stopping .* may take 30 s.*--time" \
    mpirun -n 2 "$sidle" train run.yaml
[ "$(cat run/metrics.csv)" = "$metrics" ]

# what it does not know it tells, and trains on
SLURM_JOB_END_TIME=$((begin - 1)) expect 0 "SLURM_JOB_END_TIME is .* s ago" \
    "$sidle" train run.yaml run.dir=past run.steps=3
SLURM_JOB_END_TIME=N/A expect 0 "SLURM_JOB_END_TIME is \"N/A\", expected a number" \
    "$sidle" train run.yaml run.dir=none run.steps=3

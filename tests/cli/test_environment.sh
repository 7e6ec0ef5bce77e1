#!/usr/bin/env bash
# test_environment.sh - variables, numbers of Slurm's jobs and ~ in a user's values:
# expanded once, alike on all ranks, stored expanded, never again from a file.
. "$(dirname "$0")/expect.sh"
make_text
make_config run
mkdir home
export HOME=$PWD/home WHO=ann
unset SLURM_JOB_ID SLURM_JOBID SLURM_ARRAY_TASK_ID SLURM_ARRAY_JOB_ID NOT_SET
cp text.txt 'a$WHO%j.txt'
few="eval.every=0 checkpoint.every=0"

# the tasks of an array: a folder each
sed -i 's/^run: .*/run: {dir: runs\/$WHO-%A_%a, steps: 2, seed: 3}/' run.yaml
for task in 1 2; do
    expect 0 "finished" env SLURM_JOB_ID=8$task SLURM_ARRAY_JOB_ID=80 \
        SLURM_ARRAY_TASK_ID=$task "$sidle" train run.yaml $few
    grep -q "dir: runs/ann-80_$task\$" "runs/ann-80_$task/config.yaml"
done
expect 64 "'run.dir' is 'runs/.WHO-%A_%a': %A is the number of a job array, but SLURM_ARRAY_JOB_ID is not set" \
    "$sidle" train run.yaml
expect 64 "'run.dir' is 'r%j': .*not run in a Slurm job" "$sidle" train run.yaml run.dir=r%j
expect 64 "'data.path' is '.NOT_SET/x': the variable 'NOT_SET' is not set" \
    "$sidle" train run.yaml run.dir=r 'data.path=$NOT_SET/x'
[ ! -e r ]

# a path that holds a dollar and a percent sign when it is expanded, and stays
# as it is: for whoever reads the checkpoint, and for the run folder's copy
expect 0 "finished" "$sidle" train run.yaml $few 'run.dir=~/$WHO%%' \
    'data.path=a$$WHO%j.txt'
[ -d home/ann% ] && [ ! -e '~' ]
good=home/ann%/checkpoints/final.h5
h5dump -d /config "$good" | grep -F 'a$WHO%j.txt' >/dev/null
export WHO=bob
expect 0 "loss" "$sidle" eval "$good"
expect 0 "" "$sidle" sample "$good" --length 2
expect 0 "resuming from" "$sidle" train home/ann%/config.yaml $few run.steps=3
expect 0 "loss" "$sidle" eval "$good" 'data.path=~/../text.txt'
expect 64 "NOT_SET" "$sidle" eval "$good" 'data.path=$NOT_SET'

# ranks whose environments differ
expect 64 "run.dir is two on rank 1 and one on rank 0" \
    mpirun -n 1 env D=one "$sidle" train run.yaml $few 'run.dir=$D' : \
    -n 1 env D=two "$sidle" train run.yaml $few 'run.dir=$D'
expect 64 "rank 1 .*the variable 'D' is not set" \
    mpirun -n 1 env D=one "$sidle" train run.yaml $few 'run.dir=$D' : \
    -n 1 env -u D "$sidle" train run.yaml $few 'run.dir=$D'
[ ! -e one ] && [ ! -e two ]

# paths that bash leaves as they are behind a "="
expect 74 "home/none.h5" "$sidle" train run.yaml run.dir=x --resume=~/none.h5
expect 74 "home/none.txt" "$sidle" sample "$good" --prompt-file=~/none.txt
expect 64 "write the whole path" "$sidle" train run.yaml run.dir=~nobody/x
[ ! -e '~' ]

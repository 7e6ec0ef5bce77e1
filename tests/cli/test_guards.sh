#!/usr/bin/env bash
# test_guards.sh - what does not fit is told when a run begins, once, and in its
# log; a process that needs no company is not asked for it.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run
core=$(taskset -pc $$ | sed 's/.*: *//; s/[,-].*//')
export OMPI_MCA_mpi_yield_when_idle=0 OMP_NUM_THREADS=3
unset BLIS_NUM_THREADS
expect 0 "ranks 0 and 1 are both bound to core $core of host" \
    taskset -c "$core" mpirun --host localhost:2 -n 2 "$sidle" train run.yaml
for words in "2 ranks share 1 core of host .*mpi_yield_when_idle=1" \
    "ranks 0 and 1 are both bound" "OMP_NUM_THREADS is 3, but this build"; do
    [ "$(grep -Ec "$words" said)" -eq 1 ]
    grep -Eq "$words" run/train.log
done
# where it is told to yield, it is the binding only
OMPI_MCA_mpi_yield_when_idle=1 OMP_NUM_THREADS=1 expect 0 "both bound" \
    taskset -c "$core" mpirun --host localhost:2 -n 2 "$sidle" train run.yaml \
    run.dir=again
if grep -E "yield|NUM_THREADS" said; then exit 1; fi

# In a job for four, outside of srun and mpirun: training is refused, what is
# one process is not, and one rank may be all that mpirun is asked for.
export SLURM_JOB_ID=7 SLURM_NTASKS=4 SLURM_JOB_NUM_NODES=1
expect 64 "this Slurm job is for 4 processes.*srun" "$sidle" train run.yaml
expect 0 "finished" mpirun -n 1 "$sidle" train run.yaml
expect 0 "loss" "$sidle" eval run/checkpoints/final.h5
"$sidle" sample run/checkpoints/final.h5 --length 5 >/dev/null

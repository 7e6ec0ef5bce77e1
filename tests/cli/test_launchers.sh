#!/usr/bin/env bash
# test_launchers.sh - processes that cannot find each other, a command that is
# started several times, and an MPI that cannot start: refused in words, once.
# timeout: 120
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 2/' run.yaml

# several processes of a launcher that Open MPI does not understand
for who in "srun SLURM_STEP_NUM_TASKS=2 SLURM_STEP_ID=0 SLURM_JOB_ID=7 SLURM_PROCID" \
    "srun SLURM_NTASKS=2 SLURM_STEP_ID=0 SLURM_JOB_ID=7 SLURM_PROCID" \
    "mpiexec PMI_SIZE=2 PMI_RANK" "mpiexec MPI_LOCALNRANKS=2 MPI_LOCALRANKID" \
    "MVAPICH MV2_COMM_WORLD_SIZE=2 MV2_COMM_WORLD_RANK"; do
    read -r name words <<<"$who"
    expect 64 "^sidle: .*$name.* started .*--mpi=pmix" env $words=0 "$sidle" train run.yaml
    [ "$(wc -l <said)" -eq 1 ]
    expect 64 "^\$" env $words=1 bash -c 'echo; exec "$@"' - "$sidle" train run.yaml
    [ "$(wc -l <said)" -eq 1 ]
    [ ! -e run ]
    expect 64 "runs in one process, but .*$name.* started 2" \
        env $words=0 "$sidle" plan run.yaml --ranks 1
done
expect 0 "srun --mpi=pmix" "$sidle" train --help

# one process in a step, as in the shell of srun --pty
expect 0 "finished" env SLURM_STEP_NUM_TASKS=1 SLURM_STEP_ID=0 SLURM_JOB_ID=7 \
    SLURM_PROCID=0 SLURM_NTASKS=1 "$sidle" train run.yaml

# what is done by one process is not done twice, nor said twice
file=run/checkpoints/final.h5
for command in "sample $file --length 3" "inspect $file" \
    "verify $file" "plan run.yaml --ranks 1" "bench gemm"; do
    expect 64 "^sidle ${command%% *}: (gemm )?runs in one process, but mpirun started 2" \
        env OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 "$sidle" $command
done
expect 64 "^sidle verify: runs in one process" mpirun -n 2 "$sidle" verify $file
[ "$(grep -c "runs in one process" said)" -eq 1 ]
lacks "checksum" said
expect 0 "tokens" mpirun -n 1 "$sidle" eval $file

# MPI does not start: no folder for its files, or something else
touch file
for where in TMPDIR=/proc TMPDIR=$PWD/file/x TMP=/proc OMPI_MCA_orte_tmpdir_base=/proc; do
    expect 70 "^sidle: .*MPI cannot start: .*\"${where#*=}\" \(${where%=*}\).*set TMPDIR" \
        env -u TMPDIR "$where" "$sidle" train run.yaml
    [ "$(wc -l <said)" -eq 1 ]
done
expect 0 "finished" env TMPDIR="$PWD/not/yet" "$sidle" train run.yaml
expect 70 "^sidle: internal error: MPI did not start" \
    env OMPI_MCA_pml=none-such "$sidle" train run.yaml

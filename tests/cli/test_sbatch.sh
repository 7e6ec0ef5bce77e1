#!/usr/bin/env bash
# test_sbatch.sh - the job scripts without a Slurm: what they start, and what
# they make of each answer. Slurm's commands are a few lines each; a real Slurm
# is asked by tests/slurm.
# timeout: 120
. "$(dirname "$0")/expect.sh"
source=$2
make_text
make_config run
sed -i 's/steps: 6/steps: 100000/; s/every: 3}/every: 0}/; s/every: 2}/every: 20}/' run.yaml
mkdir -p bin clone/build
cp -r "$source/slurm" clone/slurm
ln -s "$sidle" clone/build/sidle

stub() {
    { echo '#!/usr/bin/env bash'; cat; } >"bin/$1"
    chmod +x "bin/$1"
}
stub scontrol <<'END_OF_STUB'
case "$*" in
"show job 7")
    echo "   JobState=$(cat state) Dependency=(null)"
    echo "   Command=$(cat command)"
    ;;
"show config") echo "TmpFS                   = $PWD/tmp.%n" ;;
"requeue 7")
    echo yes >queued
    kill -KILL $PPID # as Slurm does
    ;;
*) exit 1 ;;
esac
END_OF_STUB
stub squeue <<'END_OF_STUB'
date -d "+1 hour" +%Y-%m-%dT%H:%M:%S
END_OF_STUB
stub srun <<'END_OF_STUB'
echo "srun $*"
while [ "${1#--}" != "$1" ]; do shift; done
exec mpirun -n 2 "$@"
END_OF_STUB
export PATH=$PWD/bin:$PATH SLURM_JOB_ID=7 SLURM_JOB_NODELIST=n SLURM_NTASKS=2
export SLURM_JOB_NUM_NODES=1 SLURM_CLUSTER_NAME=none SLURMD_NODENAME=n
unset SIDLE SIDLE_LAUNCHER

# job CODE WORDS ARGUMENTS...: a job script where Slurm puts it.
echo "RUNNING Reason=None" >state
job() {
    local code=$1 words=$2
    shift 2
    echo "$PWD/clone/slurm/train.sbatch $*" >command
    cp clone/slurm/train.sbatch slurm_script
    rm -f queued
    expect "$code" "$words" bash slurm_script "$@"
}
stop_soon() {
    rm -f said
    (
        until grep -qs "step 20/" said; do sleep 0.05; done
        pkill -USR1 -P $$ -f slurm_script
    ) &
}

job 0 "by srun: sidle train --resume auto run.yaml run.steps=4" \
    run.yaml run.steps=4
grep -q "^srun --mpi=pmix" said
grep -q "sidle answered 0" said
rm -r run
job 64 "optim.lrr" run.yaml optim.lrr=1
[ ! -e queued ]
SLURM_CPUS_PER_TASK=3 job 0 "srun .*--cpus-per-task=3" run.yaml run.steps=4
rm -r run
SIDLE_LAUNCHER=mpirun job 0 "by mpirun" run.yaml run.steps=4
if grep "^srun" said; then exit 1; fi
rm -r run

# stopped: queued again, and what is left of a PMIx server goes first
stop_soon
job 137 "the job is queued again" run.yaml
[ -e queued ]
mkdir -p "tmp.n/spmix_appdir_$UID"_7.0 "tmp.n/spmix_appdir_$UID"_77.0
SLURM_RESTART_COUNT=1 job 0 "attempt 2.*train run.yaml run.steps=.* --resume auto" \
    run.yaml run.steps="$(($(readlink run/checkpoints/latest.h5 | tr -dc 0-9 |
        sed 's/5$//; s/^0*//') + 4))"
grep -q "going on from run/" said
[ "$(ls tmp.n)" = "spmix_appdir_${UID}_77.0" ]
rm -r run

# cancelled meanwhile: it stays so; over its limit: queued again
echo "COMPLETING Reason=None" >state
stop_soon
job 75 "the job was cancelled" run.yaml
[ ! -e queued ]
rm -r run
echo "COMPLETING Reason=TimeLimit" >state
stop_soon
job 137 "the job is queued again" run.yaml
[ -e queued ]

# what a job script cannot do without
job 64 "which configuration"
SIDLE=/no/sidle job 64 'no program "/no/sidle"' run.yaml
SIDLE_LAUNCHER=aprun job 64 'SIDLE_LAUNCHER is "aprun"' run.yaml
echo "(null)" >command
expect 64 "no env.sh beside this script" bash slurm_script run.yaml
unset SLURM_JOB_ID
expect 64 "this is a job script" bash slurm_script run.yaml

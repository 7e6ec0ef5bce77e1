#!/usr/bin/env bash
# test_sbatch.sh - the job scripts without a Slurm: what they start, and what
# they make of each answer. Slurm's commands are a few lines each; a real Slurm
# is asked by tests/slurm.
# timeout: 240
# label: once
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
# a controller that is away for as many questions as there are lines
if [ -s away ]; then
    sed -i 1d away
    echo "scontrol: no contact" >&2
    exit 1
fi
case "$*" in
"show job 7" | "show job 5_2")
    echo "   JobState=$(cat state) Dependency=(null)"
    echo "   Command=$(cat command)"
    echo "   WorkDir=$PWD"
    ;;
"show config") echo "TmpFS                   = $PWD/tmp.%n" ;;
"requeue 7" | "requeue 5_2")
    echo "$2" >queued
    kill -KILL $PPID # as Slurm does
    ;;
*) exit 1 ;;
esac
END_OF_STUB
stub sinfo <<'END_OF_STUB'
cat nodes
END_OF_STUB
# short, and told
stub sleep <<'END_OF_STUB'
echo "$1" >>sleeps
if [ -e sleep_long ] && [ "${#1}" -eq 3 ]; then exec /bin/sleep 20; fi
exec /bin/sleep 0.2
END_OF_STUB
stub squeue <<'END_OF_STUB'
case "$*" in
*%e) date -d "${END:-1 hour}" +%Y-%m-%dT%H:%M:%S ;;
*%S) date -d "${BEGIN:-now}" +%Y-%m-%dT%H:%M:%S ;;
esac
END_OF_STUB
stub srun <<'END_OF_STUB'
echo "srun $*"
while [ "${1#--}" != "$1" ]; do shift; done
exec mpirun -n 2 "$@"
END_OF_STUB
export PATH=$PWD/bin:$PATH SLURM_JOB_ID=7 SLURM_JOB_NODELIST=n SLURM_NTASKS=2
export SLURM_JOB_NUM_NODES=1 SLURM_CLUSTER_NAME=none$$ SLURMD_NODENAME=n
unset SIDLE SIDLE_LAUNCHER

# job CODE WORDS ARGUMENTS...: a job script where Slurm puts it.
echo "RUNNING Reason=None" >state
job() {
    local code=$1 words=$2
    shift 2
    echo "$PWD/clone/slurm/train.sbatch $*" >command
    cp clone/slurm/train.sbatch slurm_script
    rm -f queued sleeps
    expect "$code" "$words" bash slurm_script "$@"
}
stop_soon() {
    rm -f said
    (
        until grep -qs "step 20/" said; do sleep 0.05; done
        pkill "-${1:-USR1}" -P $$ -f slurm_script
    ) &
}
waited() { grep -qx "$1" sleeps; }

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
if grep "^srun --mpi=pmix" said; then exit 1; fi
rm -r run

# stopped: queued again, and what is left of a PMIx server goes first
stop_soon
job 137 "the job is queued again" run.yaml
[ -e queued ]
mkdir -p "tmp.n/spmix_appdir_$UID"_7.0 "tmp.n/spmix_appdir_$UID"_77.0
SLURM_RESTART_COUNT=1 job 0 "attempt 2.*train run.yaml run.steps=.* --resume auto" \
    run.yaml run.steps="$(($(readlink run/checkpoints/latest.h5 | tr -dc 0-9 |
        sed 's/5$//; s/^0*//') + 4))"
grep -q "resuming from run/" said
[ "$(ls tmp.n)" = "spmix_appdir_${UID}_77.0" ]
rm -r run

# a signal before the launch, when launcher and ranks cannot take it yet
cp clone/slurm/env.sh env.kept
echo 'kill -USR1 $$' >>clone/slurm/env.sh
job 137 "the job is queued again" run.yaml
[ -e queued ]
cp env.kept clone/slurm/env.sh
rm -r run

# it ends before its first save: the next attempt begins where it did
job 0 "finished" run.yaml run.steps=5 checkpoint.every=5 optim.decay=constant
SLURM_RESTART_COUNT=1 job 0 "resuming from run/checkpoints/step-00000005.h5" \
    --resume run/checkpoints/step-00000005.h5 run.yaml run.dir=new run.steps=7 \
    optim.decay=constant
rm -r run new

# a controller that is away for a while, at the start and at the end
seq 3 >away
job 0 "finished" run.yaml run.steps=4
waited 4
seq 20 >away
job 75 "the controller does not answer" run.yaml
waited 60
rm -f away
rm -r run

# ranks' memory is in folders of their user only, which go with the job
segment=/dev/shm/sidle-$SLURM_CLUSTER_NAME-7-n
[ ! -e "$segment" ]
ln -s "$PWD" "$segment"
job 74 "sidle-none.*-7-n\" is no folder of this user" run.yaml
[ ! -L "$segment" ]

# what a launcher answers, and whether it or a node has gone
cp bin/srun bin/srun.kept
answers() {
    stub srun <<END_OF_STUB
case "\$*" in
--mpi=pmix*) $1 ;;
*" true") [ ! -e dead ] ;;
esac
END_OF_STUB
}
echo "RUNNING Reason=None" >state
answers 'kill -TERM "$(ps -o ppid= $PPID | tr -d " ")"; exit 1' # as mpirun does
job 137 "the job is queued again" run.yaml
[ -e queued ]
answers 'exit 1'
job 1 "sidle answered 1" run.yaml
lacks "queued again" said
touch dead
job 1 "a node does not answer" run.yaml
waited 600
# not knowing whether it was cancelled
answers 'seq 8 >away; exit 75'
job 137 "the job is queued again" run.yaml
[ -e queued ]
waited 60
rm -f dead away
mv bin/srun.kept bin/srun

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

# an argument of two lines; a folder that is not ours, whatever it holds
rm -r run
job 64 "optim.lrr" "$PWD/run.yaml" $'optim.lrr=1\n2/3'
mkdir foreign
echo 'echo sourced' >foreign/env.sh
for file in "$PWD/foreign/job.sh" clone/slurm/train.sbatch; do
    echo "$file run.yaml" >command
    expect 64 "no env.sh beside this script" bash slurm_script run.yaml
    lacks sourced said
done

# another script of the job calls it, by its path or from a copy
rm -rf run
echo "$PWD/foreign/job.sh" >command
found="no configuration is given"
expect 64 "$found" clone/slurm/train.sbatch
expect 64 "$found" env SLURM_SUBMIT_DIR="$PWD/clone" bash slurm_script
expect 64 "$found" env SIDLE_SLURM_DIR="$PWD/clone/slurm" bash slurm_script
echo "../clone/slurm/train.sbatch" >command
expect 64 "$found" env SLURM_SUBMIT_DIR="$PWD/bin" bash slurm_script
echo "$PWD/foreign/job.sh" >command
expect 64 'no env.sh beside train.sbatch in SIDLE_SLURM_DIR, "foreign"' \
    env SIDLE_SLURM_DIR=foreign bash slurm_script run.yaml
expect 64 "no env.sh .*SIDLE_SLURM_DIR=" bash slurm_script run.yaml
for script in train sample; do
    expect 64 "$script.sbatch: .* for bash" sh -c ". clone/slurm/$script.sbatch"
done
cp clone/slurm/sample.sbatch sample_script
expect 64 "no checkpoint is given" clone/slurm/sample.sbatch
expect 64 "no checkpoint is given" env SLURM_SUBMIT_DIR=clone bash sample_script

# a task of an array, whose number may be that of them all
stop_soon
SLURM_ARRAY_JOB_ID=5 SLURM_ARRAY_TASK_ID=2 job 137 "the job is queued again" run.yaml
[ "$(cat queued)" = 5_2 ]
rm -r run

# options behind arguments, whatever the environment says
job 0 "finished" run.yaml run.steps=4
expect 0 "train run.yaml run.steps=5 --resume auto" env POSIXLY_CORRECT=1 \
    SLURM_RESTART_COUNT=1 clone/slurm/train.sbatch run.yaml run.steps=5
rm -r run

# of a limit of minutes a fifth is kept: Slurm's notice of 300 s comes too early
export END="349 seconds" BEGIN="1 second ago" # and later, on a busy machine
stop_soon
job 137 "is short, 3[0-9][0-9] s: .* save [67][0-9] s before" run.yaml
grep -q "SIGUSR1 came [23][0-9][0-9] s before the time limit: it counts [67][0-9] s" said
grep -q "SIGUSR1 came: the run is asked" said
grep -q "stop: SIGUSR1, sent by" said
grep -qE "^(2[0-9][0-9]|1[7-9][0-9])$" sleeps
rm -r run
# what comes again is a wish, and so is what comes at no such time
touch sleep_long
stop_soon
(until_true grep -qs "it counts" said && pkill -USR1 -P $$ -f slurm_script) &
job 137 "asked to save and stop" run.yaml
rm -r run sleep_long
export END="1200 seconds"
stop_soon
job 137 "is short, 1[12][0-9][0-9] s" run.yaml
lacks "it counts" said
rm -r run
unset END BEGIN

# what a job script cannot do without
job 64 "no configuration is given"
SIDLE=/no/sidle job 64 'no program "/no/sidle"' run.yaml
SIDLE_LAUNCHER=aprun job 64 'SIDLE_LAUNCHER is "aprun"' run.yaml
echo "(null)" >command
expect 64 "no env.sh beside this script" bash slurm_script run.yaml
unset SLURM_JOB_ID
expect 64 "this is a job script" bash slurm_script run.yaml

#!/usr/bin/env bash
# test_train.sh - slurm/train.sbatch on a real Slurm: what it does with each
# answer, that a job which was stopped or met its limit goes on to the bits of
# an undisturbed run, with both launchers; and slurm/sample.sbatch.
# timeout: 1200
# label: slurm
. "$(dirname "$0")/../cli/expect.sh"
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/jobs.sh"
cluster_up 2 8
script=$clone/slurm/train.sbatch
sed "s/:=srun/:=mpirun/" "$clone/slurm/env.sh" >env.mpirun
grep -q mpirun env.mpirun

# At the time limit: one job is signalled before it; the other one is not, and
# below mpirun, and knows its end from the environment. They run for a minute
# while other things are tried, and then wait until they are asked for.
make_run limit 1000000
make_run silent 1000000
SLURM_JOB_END_TIME=4000000000 job_start limit --nodes=1 --ntasks=2 --time=1 \
    --signal=B:USR1@50 "$script" run.yaml
limit=$job
cp -r clone clone.mpirun
cp env.mpirun clone.mpirun/slurm/env.sh
job_start silent --nodes=1 --ntasks=2 --time=1 --signal=B:URG@1 \
    "$PWD/clone.mpirun/slurm/train.sbatch" run.yaml
silent=$job
for job in $limit $silent; do
    until_true job_has "$job" JobState=RUNNING
    (
        until job_has "$job" "JobState=PENDING "; do sleep 0.5; done
        scontrol update jobid="$job" StartTime=now+1hour TimeLimit=30
    ) &
done

# A rank that dies alone is no fault of its node: the others are ended after
# half a minute, and the job is.
rank_of() {
    local folder
    for folder in /proc/[0-9]*; do
        if [[ $(tr '\0' ' ' <"$folder/cmdline") == "$clone/build/sidle train"* ]] &&
            [ "$(tr '\0' '\n' <"$folder/environ" | grep -cxF \
                -e "SLURM_JOB_ID=$1" -e "SLURM_PROCID=$2")" -eq 2 ]; then
            echo "${folder#/proc/}"
        fi
    done 2>/dev/null
}
make_run dead 1000000
job_start dead --ntasks=2 "$script" run.yaml
dead=$job
job_trains "$dead" dead
rank=$(rank_of "$dead" 1)
kill -KILL "$rank"

# Signalled: over two nodes that are one host, and on one.
for case in "srun 2" "srun 1" "mpirun 2" "mpirun 1"; do
    read -r launcher nodes <<<"$case"
    folder=$launcher.$nodes
    make_run "$folder" 1500
    SIDLE_LAUNCHER=$launcher job_start "$folder" --nodes="$nodes" --ntasks=2 \
        --signal=B:USR1@60 --time=10 "$script" run.yaml
    job_trains "$job" "$folder"
    scancel --signal=USR1 "$job"
    job_finishes "$job" "$folder"
    grep -q "by $launcher" "$folder/log"
    same_as_undisturbed "$folder"
done

# For good: a wrong key, no such launcher, no such program, no folder of ours.
# what_fails CODE WORDS ..: the job ends so, and is not queued again.
what_fails() {
    local code=$1 words=$2
    shift 2
    mkdir -p fails
    rm -f fails/log
    job_start fails --ntasks=2 "$@"
    job_wait "$job" fails JobState=FAILED 60
    job_has "$job" "Restarts=0 .*ExitCode=$code:0"
    grep -Eq "$words" fails/log || { cat fails/log; exit 1; }
}
cp srun.1/run.yaml srun.1/text.txt .
what_fails 64 'optim.lrr.*optim.lr' "$script" "$PWD/run.yaml" optim.lrr=3
what_fails 64 'optim.lrr' "$script" "$PWD/run.yaml" $'optim.lrr=3\n4/5'
what_fails 64 'no configuration is given' "$script"
SIDLE=/no/sidle what_fails 64 'no program "/no/sidle".*SIDLE=' "$script" run.yaml
SIDLE_LAUNCHER=aprun what_fails 64 'SIDLE_LAUNCHER is "aprun"' "$script" run.yaml
what_fails 64 'script for bash: call it by its path' --wrap ". $script"
# cancelled: ranks that save on SIGTERM answer 75, but the job stays cancelled
make_run cancelled 1000000
job_start cancelled --ntasks=2 "$script" run.yaml
job_trains "$job" cancelled
scancel "$job"
job_wait "$job" cancelled JobState=CANCELLED 60
job_has "$job" "Restarts=0 "
until_true grep -q "answered" cancelled/log

# An array: a folder a task, and the one that is stopped is queued again, which
# is the one whose job number is the array's. Another job script that calls it.
make_run array 1000000
# shellcheck disable=SC2016
job_start array --array=1-2 --ntasks=1 "$script" run.yaml \
    'run.dir=run.$SLURM_ARRAY_TASK_ID'
for task in 1 2; do
    until_true grep -qs "step 100/" array/run.$task/train.log
done
scancel --batch --signal=USR1 "${job}_2"
job_wait "${job}_2" array "JobState=PENDING " 60
job_has "${job}_1" JobState=RUNNING
scancel "$job"
printf '#!/bin/bash\nexec %s run.yaml run.dir=other run.steps=5\n' "$script" \
    >array/other.sh
job_start array --ntasks=2 other.sh
job_wait "$job" array JobState=COMPLETED 60
[ -e array/other/checkpoints/final.h5 ]

# processes that cannot find each other, and one alone in a step
cd array
expect 64 "^sidle: .*srun started 2 processes.*--mpi=pmix" \
    srun --mpi=none --overcommit -n 2 "$sidle" train run.yaml run.dir=lonely
[ "$(grep -c "^sidle:" said)" -eq 1 ]
expect 0 "finished" srun --mpi=none -n 1 "$sidle" train run.yaml run.dir=lonely run.steps=5
cd ..

# From another folder, the program named, words with spaces: and finished.
make_run elsewhere 40
mkdir "el se"
ln -s "$sidle" "el se/a program"
cp -r "$clone/slurm" "el se/slurm"
SIDLE="$PWD/el se/a program" job_start elsewhere --nodes=2 --ntasks=2 \
    --cpus-per-task=2 "$PWD/el se/slurm/train.sbatch" run.yaml \
    "run.name=two words"
job_wait "$job" elsewhere JobState=COMPLETED 60
checksums elsewhere/run/checkpoints/final.h5 >/dev/null
grep -q "name: .*two words" elsewhere/run/config.yaml

# A sample, on one core.
SIDLE=$sidle job_start elsewhere --error=err "$clone/slurm/sample.sbatch" \
    run/checkpoints/final.h5 --prompt "line 1" --length 20 --seed 5
job_wait "$job" elsewhere JobState=COMPLETED 60
job_has "$job" "NumCPUs=1 NumTasks=1 "
"$sidle" sample elsewhere/run/checkpoints/final.h5 --prompt "line 1" \
    --length 20 --seed 5 2>/dev/null | cmp - elsewhere/log
job_start elsewhere --error=err "$clone/slurm/sample.sbatch" no.h5
job_wait "$job" elsewhere JobState=FAILED 60
grep -q 'no.h5' elsewhere/err

# at_limit JOB FOLDER: it has met its limit; let it finish 50 items later.
at_limit() {
    local step
    job_wait "$1" "$2" "JobState=PENDING " 150
    step=$(readlink "$2/run/checkpoints/latest.h5")
    step=${step//[!0-9]/}
    step=$((10#${step%5}))
    sed -i "s/steps: 1000000/steps: $((step + 50))/" "$2/run.yaml"
    job_finishes "$1" "$2"
    same_as_undisturbed "$2"
}
at_limit "$limit" limit
at_limit "$silent" silent
grep -q "stop: SLURM_JOB_END_TIME is in" silent/log

job_wait "$dead" dead JobState=FAILED 60
job_has "$dead" "Restarts=0 .*ExitCode=137:0"
grep -q "sidle answered 137" dead/log

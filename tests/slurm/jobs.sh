# jobs.sh - for the tests of slurm/: a clone of Sidle as a site has it, and what
# becomes of its jobs. Sourced after expect.sh and cluster.sh, with the folder
# of the sources as $2.

# What root needs, and more ranks than cores; a job inherits it.
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_mpi_yield_when_idle=1 OMPI_MCA_orte_tmpdir_base=$cluster
clone=$PWD/clone
mkdir -p "$clone/build"
cp -r "$2/slurm" "$clone/slurm"
ln -s "$sidle" "$clone/build/sidle"

# make_run FOLDER STEPS: FOLDER/run.yaml, whose rate is that of any length.
make_run() {
    mkdir "$1"
    (
        cd "$1"
        make_text
        make_config run
        sed -i "s/steps: 6/steps: $2/; s/warmup: 2/warmup: 2, decay: constant/
            s/every: 3, items/every: 1000, items/; s/every: 3}/every: 500}/
            s/every: 2}/every: 20}/" run.yaml
    )
}

# No grep -q behind a pipe here: one that ends early fails what writes to it.
job_has() {
    scontrol show job "$1" | grep -E -- "$2" >/dev/null
}

# job_start FOLDER WORDS...: sbatch there; sets $job, and it logs to FOLDER/log.
job_start() {
    local folder=$1
    shift
    job=$(cd "$folder" && sbatch --parsable --output=log "$@")
}

# job_wait JOB FOLDER PATTERN SECONDS: until scontrol says so of it.
job_wait() {
    local end=$((SECONDS + $4))
    until job_has "$1" "$3"; do
        if [ $SECONDS -ge $end ]; then
            echo "FAIL: in vain waited for \"$3\" of job $1:" >&2
            scontrol show job "$1" >&2
            grep -v "step .* loss" "$2/log" >&2
            exit 1
        fi
        sleep 0.1
    done
}

job_trains() {
    job_wait "$1" "$2" JobState=RUNNING 60
    until_true grep -qs "step 100/" "$2/log"
}

# job_finishes JOB FOLDER: it was queued again; it starts now and not in two
# minutes, goes on and comes to its end.
job_finishes() {
    job_wait "$1" "$2" "JobState=PENDING " 120
    # In the second in which it was killed Slurm does not start it.
    sleep 2
    scontrol update jobid="$1" StartTime=now
    job_wait "$1" "$2" JobState=COMPLETED 120
    job_has "$1" "Restarts=1 "
    grep -q "resuming from run/" "$2/log"
    grep -q "attempt 2" "$2/log"
}

# same_as_undisturbed FOLDER: the bits of a run that nothing happened to.
same_as_undisturbed() {
    mkdir "$1/whole"
    cp "$1/run.yaml" "$1/text.txt" "$1/whole"
    (cd "$1/whole" && mpirun --oversubscribe -n 2 "$sidle" train run.yaml) \
        >"$1/whole/log" 2>&1 || { cat "$1/whole/log"; exit 1; }
    checksums "$1/whole/run/checkpoints/final.h5" >"$1/want"
    checksums "$1/run/checkpoints/final.h5" | cmp - "$1/want" || {
        echo "FAIL: $1: other bits than those of a run without a stop"
        exit 1
    }
    grep -q /pipeline/ "$1/want"
}

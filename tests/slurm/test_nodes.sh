#!/usr/bin/env bash
# test_nodes.sh - nodes that die: daemon, step daemons, job script and ranks are
# killed at once. Slurm takes the node for down and queues the job again, which
# goes on to the bits of an undisturbed run.
# timeout: 1200
# label: slurm
. "$(dirname "$0")/../cli/expect.sh"
. "$(dirname "$0")/cluster.sh"
. "$(dirname "$0")/jobs.sh"
cluster_up 2 4

# node_dies NODE: no process of it has time for a word.
node_dies() {
    local pids
    mapfile -t pids < <(node_processes "$1")
    [ ${#pids[@]} -ge 4 ] || { echo "FAIL: $1 holds only ${pids[*]}"; exit 1; }
    kill -KILL "${pids[@]}"
}

# The first node also holds the job script and srun; where the second one dies,
# they are left, and have to wait for Slurm.
for case in "n1 srun" "n2 srun" "n2 mpirun"; do
    read -r node launcher <<<"$case"
    folder=$node.$launcher
    make_run "$folder" 1500
    SIDLE_LAUNCHER=$launcher job_start "$folder" --nodes=2 --ntasks-per-node=2 \
        --time=10 \
        "$clone/slurm/train.sbatch" run.yaml checkpoint.every=50
    job_trains "$job" "$folder"
    node_dies $node
    until_true node_is $node down
    job_wait "$job" "$folder" "JobState=PENDING " 60
    start_node $node
    until_true node_is $node idle
    job_finishes "$job" "$folder"
    sed -i 's/every: 500}/every: 50}/' "$folder/run.yaml"
    same_as_undisturbed "$folder"
done

#!/usr/bin/env bash
# test_kill.sh - a run that is killed goes on with the bits of one that was not,
# its leftovers are swept, and a folder is held by one run only.
# timeout: 180
. "$(dirname "$0")/expect.sh"
make_text
make_config run
sed -i 's/steps: 6/steps: 300/; s/every: 3}/every: 20, keep: 30}/' run.yaml

# What killed ranks leave behind lies here, not in the system's folders.
session=$(mktemp -d /tmp/sidle-test-XXXXXX)
export OMPI_MCA_orte_tmpdir_base=$session OMPI_MCA_btl_vader_backing_directory=$session
pid=
pids() { cat pid.* 2>/dev/null || true; }
clean_up() {
    [ -z "$pid" ] || kill -9 "$pid" $(pids) 2>/dev/null || true
    rm -rf "$session"
}
trap clean_up EXIT

# kill_all: mpirun and ranks at once; what is dead holds no lock.
kill_all() {
    kill -9 "$pid" $(pids) || { cat log; exit 1; }
    wait "$pid" 2>/dev/null || true
    until_true flock -n run/.lock true
    pid=
}
is_saving() { compgen -G 'run/checkpoints/.step-*.tmp' >/dev/null; }

mpirun -n 2 "$sidle" train run.yaml >log 2>&1 || { cat log; exit 1; }
checksums run/checkpoints/final.h5 >whole
rm -r run

# killed in the middle of a stretch, then in the middle of a save
start_ranks 2 "$sidle" train run.yaml
until_true grep -qs "step 40/" log
kill_all
[ ! -e run/checkpoints/final.h5 ]
start_ranks 3 "$sidle" train run.yaml
until_true grep -qs "going on from" log
until_true is_saving
kill_all
[ ! -e run/checkpoints/final.h5 ]
for file in run/checkpoints/step-*.h5; do
    expect 0 "every checksum" "$sidle" verify "$file"
done
echo "half a file" >run/checkpoints/.step-00000299.h5.tmp

# held: a second run in the folder is refused while the first one lives
start_ranks 2 "$sidle" train run.yaml
until_true grep -qs "going on from" log
[ -z "$(compgen -G 'run/checkpoints/.step-00000299.h5.tmp')" ]
kill -STOP "$(cat pid.0)"
expect 74 "held by another run \(process $(cat pid.0) " "$sidle" train run.yaml
kill -CONT "$(cat pid.0)"
wait "$pid" || { cat log; exit 1; }
pid=
checksums run/checkpoints/final.h5 | cmp - whole
[ -z "$(compgen -G 'run/checkpoints/.*.tmp')" ]

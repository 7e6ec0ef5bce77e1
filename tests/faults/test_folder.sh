#!/usr/bin/env bash
# test_folder.sh - a run folder that another run holds, that cannot be written,
# or that cannot be written any more: said, and nothing in it is harmed.
# needs: tmpfs
# timeout: 120
# label: once
. "$(dirname "$0")/../cli/expect.sh"
make_text
make_config run
long="run.steps=1000000 checkpoint.every=0"
pid=
trap '[ -z "$pid" ] || kill -9 $pid $(cat pid.*) 2>/dev/null || true' EXIT

# held while the run lives, also while it is stopped; free once it is dead
start_ranks 2 "$sidle" train run.yaml $long
until_true grep -qs "^step" log
held="the run folder 'run' is in use by another run \(process $(cat pid.0) on host .*\); wait for it, or choose another run.dir"
expect 74 "$held" mpirun -n 2 "$sidle" train run.yaml
kill -STOP "$(cat pid.0)" "$(cat pid.1)"
expect 74 "$held" "$sidle" train run.yaml
kill -CONT "$(cat pid.0)" "$(cat pid.1)"
n=$(grep -c "^step" log)
goes_on() { [ "$(grep -c "^step" log)" -gt "$n" ]; }
until_true goes_on # refusals harmed nothing
lacks "held by" run/train.log
kill -9 "$pid" $(cat pid.*)
wait "$pid" 2>/dev/null || true
pid=
until_true flock -n run/.lock true
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml

# in_ns COMMAND: in a name space where it may mount
in_ns() { unshare -rm bash -euc "$1"; }
read_only() { echo "mount --bind $1 $1; mount -o remount,bind,ro $1;"; }
more="run.steps=9"

# a folder that was read-only from the start
checksums run/checkpoints/final.h5 >before
expect 74 "the run folder 'run' cannot be written: Read-only file system; choose another run.dir" \
    in_ns "$(read_only run) mpirun -n 2 '$sidle' train run.yaml $more"
mkdir shelf
expect 74 "the run folder 'shelf/new' cannot be made: Read-only file system; choose another run.dir" \
    in_ns "$(read_only shelf) '$sidle' train run.yaml run.dir=shelf/new"

# one where only checkpoints cannot be written: it trains, and says so
expect 74 "the checkpoint of step 9 was not saved \(older ones are unharmed\): .*Read-only file system" \
    in_ns "$(read_only run/checkpoints) mpirun -n 2 '$sidle' train run.yaml $more"
grep -q "warning: the checkpoint of step 9 was not saved" run/train.log
checksums run/checkpoints/final.h5 | cmp - before
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml $more

# readers need no folder that they can write
expect 0 '"loss"' in_ns "$(read_only run) '$sidle' eval run/checkpoints/latest.h5 --json"
expect 0 "every checksum" in_ns "$(read_only run) '$sidle' verify run/checkpoints/final.h5"

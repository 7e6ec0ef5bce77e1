#!/usr/bin/env bash
# test_stops.sh - every way to ask a run to stop, at every moment: each ends with
# a checkpoint, and the run that was stopped again and again, on one to four
# ranks, has the bits of one that nothing happened to.
# timeout: 300
# label: once
. "$(dirname "$0")/expect.sh"
make_text
make_config run
# no machine gets to the end of it by itself: what is stopped could be finished
sed -i 's/steps: 6/steps: 1000000/; s/1e-3,/1e-3, decay: constant,/' run.yaml
sed -i 's/items: 2/items: 40/; s/every: 3,/every: 100,/; s/every: 3}/every: 500, keep: 2}/; s/every: 2}/every: 20}/' run.yaml

pid=
stop_all() { [ -z "$pid" ] || kill -9 "$pid" $(cat pid.* 2>/dev/null) 2>/dev/null || true; }
trap stop_all EXIT

# begin RANKS [key=value ...]: until it has reported
begin() {
    local n=$1
    shift
    start_ranks "$n" "$sidle" train run.yaml "$@"
    until_true grep -qs "^step [0-9]*/" log
}
# ends CODE: so it ends, and what it left is good
ends() {
    local code=0
    wait "$pid" || code=$?
    pid=
    [ "$code" -eq "$1" ] || { echo "ended with $code, not $1"; cat log; exit 1; }
    expect 0 "every checksum" "$sidle" verify run/checkpoints/latest.h5
}

echo "SIGUSR1 to mpirun"
begin 3
kill -USR1 "$pid"
ends 75
grep -q "stopped early; the same command" log

echo "SIGUSR1 to any rank, twice, and once more while it stops"
for rank in 0 1 2; do
    begin 3
    kill -USR1 "$(cat pid.$rank)"
    sleep 0.005
    kill -USR1 "$(cat pid.$rank)" 2>/dev/null || true
    ends 75
    [ "$(grep -c "stopped early" log)" -eq 1 ]
done

echo "SIGINT to one rank"
begin 2
kill -INT "$(cat pid.1)"
ends 75

echo "a file named stop"
begin 3
touch run/stop
ends 75
[ ! -e run/stop ]
grep -q "stop: the file \"run/stop\" is there" run/train.log
lacks "cannot be removed" run/train.log

echo "a folder of that name, which stays: said at each start, and obeyed"
mkdir run/stop
for start in 1 2; do
    start_ranks 2 "$sidle" train run.yaml
    ends 75
    grep -Eq "warning: \"?run/stop\"?:? cannot be removed: Is a directory; remove it" log
done
grep -q "warning: .*cannot be removed" run/train.log
rmdir run/stop

echo "SIGTERM to mpirun: fast enough, or an older checkpoint stays"
begin 4
kill -TERM "$pid"
ends 1

echo "SIGTERM without mpirun"
rm log
"$sidle" train run.yaml >log 2>&1 &
pid=$!
until_true grep -qs "^step [0-9]*/" log
kill -TERM "$pid"
ends 75

echo "before the first item, as soon as there is a process that listens"
start_ranks 3 "$sidle" train run.yaml
until_true test -s pid.2
listens() { grep -q "^SigCgt:.*[2367abef]..$" "/proc/$(cat pid.2)/status"; } # 10
until_true listens
kill -USR1 "$(cat pid.2)"
ends 75

echo "in an evaluation"
start_ranks 2 "$sidle" train run.yaml eval.items=400
until_true grep -q "^step [0-9]*00/" log
kill -USR1 "$(cat pid.1)"
ends 75

echo "in a save"
start_ranks 3 "$sidle" train run.yaml checkpoint.every=7
until_true grep -qs "^model:" log
until compgen -G 'run/checkpoints/.step-*.tmp' >/dev/null; do
    kill -0 "$pid"
done
kill -USR1 "$(cat pid.1)"
ends 75

echo "a rank that hangs: a second signal ends it at once, a second later"
begin 2
kill -STOP "$(cat pid.1)"
kill -TERM "$(cat pid.0)"
sleep 0.05
kill -TERM "$(cat pid.0)"
sleep 1.2
kill -0 "$(cat pid.0)" # it waits, the two were one
kill -INT "$(cat pid.0)"
ends 130

echo "at the end: there is nothing left to stop"
newest=$(basename "$(readlink run/checkpoints/latest.h5)" .h5)
last=$(((10#${newest#step-} / 100 + 2) * 100))
start_ranks 3 "$sidle" train run.yaml run.steps=$last
until_true grep -q "$(printf 'saved .*step-%08d.h5' $last)" log
kill -USR1 "$pid" 2>/dev/null || true
code=0
wait "$pid" || code=$?
pid=
[ $code -eq 0 ] || { cat log; exit 1; }
[ -z "$(compgen -G 'run/checkpoints/.*.tmp')" ]
# reports are there once, in order: what was said twice was taken back
grep -o " step [0-9]*/" run/train.log | tr -dc '0-9\n' >steps
seq 20 20 $last | cmp - steps
cut -d, -f 1,3 run/metrics.csv | grep -v ',$' | tail -n +2 | cut -d, -f 1 | cmp - steps

echo "and nothing happened to the bits of its $last steps"
checksums run/checkpoints/final.h5 >stopped
rm -r run
mpirun -n 2 "$sidle" train run.yaml run.steps=$last >log 2>&1 || { cat log; exit 1; }
checksums run/checkpoints/final.h5 | cmp - stopped

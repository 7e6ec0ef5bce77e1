#!/usr/bin/env bash
# test_full_disk.sh - a disk without space: a save that fails says why, the run
# goes on to its end, older checkpoints are unharmed, and nothing is lost.
# timeout: 120
# needs: tmpfs
if [ -z "${SIDLE_IS_ALONE-}" ]; then
    export SIDLE_IS_ALONE=1
    exec unshare -rm bash "$0" "$@"
fi
. "$(dirname "$0")/expect.sh"
mkdir small
mount -t tmpfs -o size=8m tmpfs small
make_text
make_config run
sed -i 's/dir: run/dir: small\/run/; s/steps: 6/steps: 40/; s/every: 3}/every: 10, keep: 1}/; s/warmup: 2/warmup: 2, decay: constant/; s/keep: 1/keep: 1, best: false/' run.yaml
mpirun -n 2 "$sidle" train run.yaml >log 2>&1 || { cat log; exit 1; }
checksums small/run/checkpoints/final.h5 >whole
cp small/run/checkpoints/final.h5 whole.h5

# Room for two files and a half is enough to keep one: what a good loss has
# made needless goes before the next one is written.
rm -r small/run
size=$(stat -c %s whole.h5)
free=$(stat -f -c '%a * %S' small)
head -c $((free - 5 * size / 2 - 200000)) /dev/zero >small/filler
expect 0 "finished" mpirun -n 2 "$sidle" train run.yaml run.steps=39 checkpoint.every=5
lacks "was not saved" said
rm small/filler

# What a run needs besides its checkpoints fits, a second checkpoint does not;
# then nothing fits, also not a run folder.
rm -r small/run
expect 0 "final.h5" mpirun -n 2 "$sidle" train run.yaml run.steps=10
rm small/run/checkpoints/final.h5
free=$(stat -f -c '%a * %S' small)
head -c $((free - 1000000)) /dev/zero >small/filler
expect 74 "step 20 was not saved.*No space left on device" mpirun -n 2 "$sidle" train run.yaml
grep -q "step 40/" said
grep -q "^sidle: input/output: .*No space left on device" said
cat /dev/zero >small/more 2>/dev/null || true
expect 74 "No space left on device" mpirun -n 2 "$sidle" train run.yaml run.dir=small/other
rm small/filler small/more
[ "$(ls -A small/run/checkpoints | tr '\n' ' ')" = "latest.h5 step-00000010.h5 " ]
expect 0 "resuming from .*step-00000010" mpirun -n 3 "$sidle" train run.yaml
checksums small/run/checkpoints/final.h5 | cmp - whole
[ -z "$(find small/run/checkpoints -name '.*')" ]

# What a run tells while nothing fits: no row is torn, what is lost is said once
# for each file, and once more when there is room again.
rm -r small/run
sed -i 's/log: .*/log: {every: 1}/; s/eval: .*/eval: {every: 0}/' run.yaml
start_ranks 1 "$sidle" train run.yaml run.steps=1000000 checkpoint.every=0
until_true grep -qs "^step 20/" log
cat /dev/zero >small/filler 2>/dev/null || true
full() { [ "$(grep -c "cannot be written: No space left on device" log)" -ge 3 ]; }
until_true full
n=$(grep -c "^step " log)
more() { [ "$(grep -c "^step " log)" -gt $((n + $1)) ]; }
until_true more 50
rm small/filler
again() { [ "$(grep -c "writable again, [0-9]* [a-z]* lost" log)" -ge 3 ]; }
until_true again
n=$(grep -c "^step " log)
until_true more 5
kill -USR1 "$pid"
code=0
wait "$pid" || code=$?
[ $code -eq 75 ] || { echo "ended with $code"; cat log; exit 1; }
# The last page of a file may have room for a short record still, once or twice.
for file in metrics.csv train.log events.out; do
    n=$(grep -c "small/run/$file.*cannot be written: No space" log)
    [ "$n" -ge 1 ] && [ "$n" -le 3 ]
    [ "$(grep -c "small/run/$file.*writable again" log)" -eq "$n" ]
done
awk -F, 'NR == 1 { n = NF } NF != n || $1 !~ /^(step|[0-9]+)$/ { exit 1 }' small/run/metrics.csv
[ "$(grep -cvE '^[0-9]{4}-[0-9-]+T[0-9:]+ ' small/run/train.log)" -eq 0 ]

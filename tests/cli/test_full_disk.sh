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
expect 0 "going on from .*step-00000010" mpirun -n 3 "$sidle" train run.yaml
checksums small/run/checkpoints/final.h5 | cmp - whole
[ -z "$(find small/run/checkpoints -name '.*')" ]

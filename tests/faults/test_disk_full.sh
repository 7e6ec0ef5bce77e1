#!/usr/bin/env bash
# test_disk_full.sh - a drill: disks without space and files that may not grow,
# at 20 sizes each, from the start and in the middle of saves, on 2 and 3 ranks,
# in every mode. No hang; errno's words; older checkpoints verify; no temporary
# file stays; and the run that goes on afterwards has the bits of one that
# nothing happened to.
# timeout: 7200
# label: drill
# needs: tmpfs
if [ -z "${SIDLE_IS_ALONE-}" ]; then
    export SIDLE_IS_ALONE=1
    exec unshare -rm bash "$0" "$@"
fi
. "$(dirname "$0")/../cli/expect.sh"
RANDOM=1
mkdir small
mount -t tmpfs -o size=12m tmpfs small
make_text
n_cases=0 n_failed=0
pid=

# mpirun and its ranks: those of one that is killed do not always end.
kill_all() { [ -z "$pid" ] || kill -KILL "$pid" $(cat pid.* 2>/dev/null) 2>/dev/null || true; }
trap kill_all EXIT

# configure MODE STEPS EVERY: run.yaml, and its end in the file "whole".
configure() {
    make_config run
    sed -i "s/steps: 6/steps: $2/; s/{every: 3}/{every: $3, keep: 2, mode: $1}/
        s/eval: .*/eval: {every: 0}/; s/warmup: 2/warmup: 2, decay: constant/
        s/dir: run/dir: small\/run/" run.yaml
    rm -rf small/run
    case="$1, whole"
    runs_well 2
    checksums small/run/checkpoints/final.h5 >whole
    size=$(stat -c %s small/run/checkpoints/final.h5)
    rm -r small/run
}

fail() {
    echo "FAIL: $case: $1" >&2
    cat log >&2
    exit 1
}

# Wait for the end of what start_ranks began, with $code. A run that hangs is
# one that says nothing for a minute: each second item says something, however
# slow a save is where other programs want the same cores.
finish() {
    local said
    until said=$(stat -c %s log 2>/dev/null || echo 0)
        timeout 60 tail -s 0.05 --pid="$pid" -f /dev/null; do
        [ "$(stat -c %s log)" -gt "$said" ] || fail "it hangs: silent for 60 s"
    done
    code=0
    wait "$pid" || code=$?
    pid=
}

# ended CODE: what must hold after a run that may have met the limit.
ended() {
    n_cases=$((n_cases + 1))
    ended_well "$1" || [ "$1" -eq 74 ] || fail "ended with $1"
    if [ "$1" -eq 74 ]; then
        n_failed=$((n_failed + 1))
        grep -qE "No space left on device|File too large" log ||
            fail "no words of errno"
    fi
    for file in small/run/checkpoints/.*.tmp; do
        [ ! -e "$file" ] || fail "$file is there"
    done
    for file in small/run/checkpoints/*.h5; do
        [ ! -e "$file" ] || "$sidle" verify "$file" >said 2>&1 ||
            fail "$file does not verify"
    done
}

# runs_well RANKS WORDS...: nothing hinders this run.
runs_well() {
    local ranks=$1
    shift
    start_ranks "$ranks" "$sidle" train run.yaml "$@"
    finish
    ! ended_well $code || code=0
    [ $code -eq 0 ] || fail "a run without a limit ended with $code"
}

# With the limit gone the run goes on to its end.
goes_on() {
    runs_well 2
    checksums small/run/checkpoints/final.h5 | cmp - whole ||
        fail "went on to other bits"
    rm -r small/run
}

# ---- files that may not grow, from the start
# Without shared memory MPI itself writes no large file.
btl=$OMPI_MCA_btl
export OMPI_MCA_btl=self,tcp
for mode in independent collective funnel; do
    configure $mode 8 2
    for ranks in 2 3; do
        for i in $(seq 0 19); do
            kib=$((i * (size / 1024 + 60) / 19))
            case="$mode, $ranks ranks, ulimit -f $kib"
            start_ranks $ranks bash -c 'ulimit -f $0; exec "$@"' \
                $kib "$sidle" train run.yaml
            finish
            ended $code
            goes_on
        done
    done
done

export OMPI_MCA_btl=$btl

# ---- a small disk, with less room each time
for mode in independent collective funnel; do
    configure $mode 8 2
    for ranks in 2 3; do
        for i in $(seq 0 19); do
            case="$mode, $ranks ranks, $i twentieths of three files free"
            runs_well $ranks run.steps=2
            rm small/run/checkpoints/final.h5
            free=$(stat -f -c '%a * %S' small)
            head -c $((free - i * (3 * size + 200000) / 20)) /dev/zero \
                >small/filler
            start_ranks $ranks "$sidle" train run.yaml
            finish
            ended $code
            [ -e small/run/checkpoints/latest.h5 ] || fail "nothing is left"
            rm small/filler
            goes_on
        done
    done
done

# ---- files that may not grow any more, from some moment on
for mode in independent collective funnel; do
    configure $mode 100 2
    for ranks in 2 3; do
        for i in $(seq 0 19); do
            bytes=$((i * size / 19))
            case="$mode, $ranks ranks, prlimit --fsize=$bytes"
            start_ranks $ranks "$sidle" train run.yaml
            until_true grep -qs "saved " log
            sleep 0.$(printf %03d $((RANDOM % 400)))
            for rank in $(seq 0 $((ranks - 1))); do
                prlimit --pid "$(cat pid.$rank)" --fsize=$bytes 2>prlimited ||
                    true
            done
            finish
            ended $code
            [ -e small/run/checkpoints/latest.h5 ] || fail "nothing is left"
            goes_on
        done
    done
done
echo "$n_cases runs, $n_failed of them ended with 74, the others saved"
[ $n_failed -gt $((n_cases / 3)) ]

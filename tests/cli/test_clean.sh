#!/usr/bin/env bash
# test_clean.sh - a run from its start to its sample: nothing is read or written
# outside of its memory and nothing of ours is lost. It tells something where the
# program was built with the sanitizers (preset asan).
# timeout: 300
. "$(dirname "$0")/expect.sh"
make_text
make_config run
top=$2

# memory COMMAND...: of what is lost at its end only what our own code asked for
# counts; MPI loses a hundred KB by itself.
memory() {
    local code=0
    rm -f lost.*
    ASAN_OPTIONS=detect_leaks=1:exitcode=0:log_path=$PWD/lost \
        LSAN_OPTIONS=exitcode=0 UBSAN_OPTIONS=print_stacktrace=1 \
        "$@" >said 2>&1 || code=$?
    if [ $code -ne "$want" ]; then
        echo "FAIL: $* ended with $code, expected $want"
        cat said
        exit 1
    fi
    # the first frame is malloc() or its like
    if cat lost.* 2>/dev/null | grep -E "^ +#1 .* $top/(src|mpi|io)/"; then
        echo "FAIL: $* lost memory"
        cat lost.*
        exit 1
    fi
    lacks "ERROR: AddressSanitizer|runtime error:" said
    for file in lost.*; do
        [ ! -e "$file" ] || lacks "ERROR: AddressSanitizer" "$file"
    done
}
want=0

memory mpirun -n 2 "$sidle" train run.yaml run.steps=5 log.trace=2 run.on_nan=skip
memory mpirun -n 3 "$sidle" train run.yaml run.steps=9 parallel.replicas=1
memory mpirun -n 1 "$sidle" train run.yaml run.steps=12 --resume auto
memory mpirun -n 2 "$sidle" train run.yaml run.steps=15 parallel.schedule=1f1b
memory mpirun -n 4 "$sidle" train run.yaml run.dir=twice parallel.replicas=2 \
    parallel.update_every=2 parallel.schedule=zero-bubble optim.clip_scope=global
want=75
mkdir -p stopped
touch stopped/stop
memory mpirun -n 1 "$sidle" train run.yaml run.dir=stopped
want=64
memory mpirun -n 2 "$sidle" train run.yaml model.width=32
want=0
# without mpirun the leak checker falls over the MPI that was unloaded
expect 0 "finished" "$sidle" train run.yaml run.dir=alone
lacks "Sanitizer|runtime error" said

# without MPI nothing at all may be lost, but for a buffer of libfyaml 0.7's when
# it prints a text that is longer than that
echo "leak:fy_atom_is_number" >known
export ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0
export LSAN_OPTIONS=suppressions=$PWD/known:print_suppressions=0
file=run/checkpoints/final.h5
expect 0 '"loss"' "$sidle" eval $file --json
expect 0 "tokens" "$sidle" sample $file --prompt line --length 40 --stats
expect 0 "" "$sidle" sample $file --prompt line --length 10 --exact --greedy
expect 0 "model" "$sidle" inspect $file
expect 0 "{" "$sidle" inspect $file --json
expect 0 "every checksum" "$sidle" verify $file
expect 0 "" "$sidle" plan run.yaml --ranks 2
head -c 1000 $file >half.h5
code=0
"$sidle" verify half.h5 >said 2>&1 || code=$?
[ $code -eq 65 ] || [ $code -eq 74 ]
lacks "Sanitizer" said

#!/usr/bin/env bash
# fuzz.sh - a fuzzer built with clang and run for a time:
#
#   fuzz.sh checkpoint|scan|config SOURCES SECONDS [PROGRAM]
#
# in the present folder. "checkpoint" is the reader as it always runs, HDF5
# behind its fence: what reaches this process is an error, what ends the child
# is not. "scan" is the same without the fence, where errors of ours in what
# calls HDF5 show: HDF5's own crashes are passed over there, and only a report
# that blames our sources counts (blame.awk). "config" is configurations. It begins with small checkpoints, or with the
# configurations of experiments/ and, with a PROGRAM, the names of its options.
# What it finds lies in found/; exit code 0 if that is nothing.
set -euo pipefail
what=$1 sources=$2 seconds=$3 program=${4:-}

# How long a case may take, and what this process may ask for at once: no
# reader of ours needs more than the file's size.
limits=(-timeout=120 -malloc_limit_mb=64 -rss_limit_mb=2048)

build() {
    cmake -S "$sources" -B fuzz -G Ninja -DSIDLE_FUZZ=ON \
        -DCMAKE_C_COMPILER="$(command -v clang || command -v clang-14)" \
        -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG="-O1 -g" >build.log
    cmake --build fuzz --target "fuzz_$what" "$@" >>build.log ||
        { cat build.log; exit 70; }
}

# The words that make up a configuration, for the fuzzer to put together.
make_words() {
    "$program" --options | grep -oE '^ {2,4}[a-z_]+(\.[a-z_0-9]+)?' | tr -d ' ' >names
    { cat names; tr . '\n' <names; } | sort -u | sed 's/.*/"&"/' >words
}

mkdir -p corpus seeds found
case $what in
checkpoint | scan)
    build fuzz_seeds
    ASAN_OPTIONS=detect_leaks=0 fuzz/fuzz_seeds seeds
    limits+=(-max_len=49152)
    ;;
config)
    build
    for file in "$sources"/experiments/*/*.yaml; do
        { cat "$file"; printf '\0optim.lr=3e-4\0parallel.partition=[a, b]\0model.layers[0].width=3\0'; } \
            >"seeds/$(md5sum <"$file" | cut -c1-16)"
    done
    limits+=(-max_len=4096)
    if [ -n "$program" ]; then
        make_words
        limits+=(-dict=words)
    fi
    ;;
*)
    sed -n '2,14s/^# \{0,1\}//p' "$0" >&2
    exit 64
    ;;
esac
# CTest's environment looks for no leaks: MPI has some; a fuzzer has no MPI.
export ASAN_OPTIONS=detect_leaks=1
if [ "$what" = config ]; then
    # libfyaml 0.7 loses a buffer when it prints a text that is longer than that.
    echo "leak:fy_atom_iter_chunk_next" >known
    export ASAN_OPTIONS=detect_leaks=1:fast_unwind_on_malloc=0
    export LSAN_OPTIONS=suppressions=$PWD/known:print_suppressions=0
fi
if [ "$what" = scan ]; then
    # HDF5 leaks what it gives up, and -fork a little itself
    export ASAN_OPTIONS=detect_leaks=0
    limits+=(-fork=1 -ignore_crashes=1 -ignore_timeouts=1 -ignore_ooms=1)
fi
nice -n 10 "fuzz/fuzz_$what" "${limits[@]}" -max_total_time="$seconds" \
    -print_final_stats=1 -artifact_prefix=found/ corpus seeds \
    "$sources/tests/faults/corpus/${what/scan/checkpoint}" >fuzz.log 2>&1 ||
    # with -fork the code is that of the last job, which may be a crash that
    # is passed over
    { [ "$what" = scan ] && grep -q "^INFO: fuzzed for" fuzz.log; } ||
    { tail -n 60 fuzz.log; exit 1; }
# with -fork the reports are not in the log: what was found is run once more
if [ "$what" = scan ]; then
    for file in found/*; do
        [ ! -s "$file" ] ||
            timeout 120 fuzz/fuzz_scan "${limits[@]:0:3}" "$file" || true
    done >reports 2>&1
    awk -f "$sources/tests/faults/blame.awk" reports
fi
grep -E '^stat::|^Done|^INFO: fuzzed|^#[0-9]+: cov' fuzz.log | tail -n 20

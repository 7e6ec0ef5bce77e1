#!/usr/bin/env bash
# test_corpus.sh - what fuzzing found: each file once more, to its message.
#
# corpus/checkpoint: files on which HDF5 crashes, loops, or takes gigabytes;
# corpus/config: texts on which something failed. A command ends in time with
# one of its codes: no signal, no sanitizer's report that blames us (blame.awk).
# timeout: 300
. "$(dirname "$0")/../cli/expect.sh"
sources=$2

# ends CODES COMMAND...: within a minute and with one of the codes.
ends() {
    local codes=$1 code=0
    shift
    timeout -s KILL 60 "$@" >said 2>&1 </dev/null || code=$?
    case " $codes " in
    *" $code "*) awk -f "$sources/tests/faults/blame.awk" said && return ;;
    esac
    echo "FAIL: \"$*\" ended with $code, expected one of $codes; it said:" >&2
    cat said >&2
    exit 1
}

for file in "$2"/tests/faults/corpus/checkpoint/*; do
    ends "65 74" "$sidle" verify "$file"
    ends "65 74" "$sidle" inspect "$file"
    ends "65 74" "$sidle" inspect --json "$file"
    ends "65 74" "$sidle" eval "$file"
done
for file in "$2"/tests/faults/corpus/config/*; do
    ends "64 65 74" "$sidle" plan "$file" --ranks 1
done
# HDF5 1.10 corrupts its heap on this one and aborts: that is 65
if "$sidle" --version | grep "HDF5: 1\.10" >/dev/null; then
    expect 65 "the process that read its structure" \
        "$sidle" verify "$2/tests/faults/corpus/checkpoint/abort-in-close.h5"
fi

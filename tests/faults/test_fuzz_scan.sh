#!/usr/bin/env bash
# test_fuzz_scan.sh - ten minutes of the fuzzer without the fence, or as many
# seconds as SIDLE_FUZZ_SECONDS says.
# timeout: 3600
# label: fuzz
# needs: clang
. "$(dirname "$0")/../cli/expect.sh"
bash "$2/tests/faults/fuzz.sh" scan "$2" "${SIDLE_FUZZ_SECONDS:-600}" "$sidle"

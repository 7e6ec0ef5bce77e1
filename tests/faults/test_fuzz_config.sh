#!/usr/bin/env bash
# test_fuzz_config.sh - ten minutes of the config fuzzer, or as many seconds as
# SIDLE_FUZZ_SECONDS says.
# timeout: 3600
# label: fuzz
# needs: clang
. "$(dirname "$0")/../cli/expect.sh"
bash "$2/tests/faults/fuzz.sh" config "$2" "${SIDLE_FUZZ_SECONDS:-600}" "$sidle"

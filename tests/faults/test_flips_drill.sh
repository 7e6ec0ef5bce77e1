#!/usr/bin/env bash
# test_flips_drill.sh - 1,000 flipped bits and 200 truncations of a checkpoint
# of a run: test_flips_drill.sh PROGRAM SOURCES [SEED]
# timeout: 1800
# label: drill
export flips=1000 cuts=200
exec bash "$(dirname "$0")/test_flips.sh" "$@"

#!/usr/bin/env bash
# check_format.sh - clang-format finds nothing to change.
set -euo pipefail
cd "$1"
find src mpi io tests -name '*.[ch]' -print0 |
    xargs -0 clang-format --dry-run -Werror

#!/usr/bin/env bash
# check_format.sh - clang-format finds nothing to change.
set -euo pipefail
cd "$1"
# Versions format differently; 14 is Debian 12's, and Ubuntu has it, too.
tool=$(command -v clang-format-14 || command -v clang-format)
find src mpi io tests -name '*.[ch]' -print0 |
    xargs -0 "$tool" --dry-run -Werror

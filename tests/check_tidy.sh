#!/usr/bin/env bash
# check_tidy.sh BUILD - clang-tidy has nothing to say of the rooms (.clang-tidy).
# A build folder remembers when they were all clean: only what is newer is read
# again, so that it costs a second where one file was changed.
set -euo pipefail
build=$(cd "${1:?the build folder}" && pwd)
cd "${2:-.}"

tidy=$(command -v clang-tidy-14 || command -v clang-tidy || true)
if [ -z "$tidy" ]; then
    echo "clang-tidy is not installed: nothing is read" >&2
    exit 77
fi
stamp=$build/tidy.clean
newer=()
if [ -e "$stamp" ] && [ .clang-tidy -ot "$stamp" ]; then
    newer=(-newer "$stamp")
fi
touch "$stamp.begun"
find src mpi io -name '*.c' "${newer[@]}" -print0 |
    xargs -0 -r -n 8 -P "$(nproc)" "$tidy" -p "$build" --quiet 2>/dev/null
mv "$stamp.begun" "$stamp"

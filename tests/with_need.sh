#!/usr/bin/env bash
# with_need.sh - run a test, or say what this machine lacks for it and answer
# 77, which ctest shows as skipped:
#
#   with_need.sh NEED TEST.sh PROGRAM SOURCES
#
#   addresses   a limit of addresses limits memory (not under a sanitizer)
#   tmpfs       a small file system can be mounted in a name space of its own
#   yaml        another reader of YAML: PyYAML of the system's Python
#   clang       a fuzzer can be built (once: it has sanitizers of its own)
set -euo pipefail
need=$1 program=$3
shift

skip() {
    echo "skipped: $*"
    exit 77
}

no_sanitizer() {
    ! grep -q __asan_init "$program" ||
        skip "$1; the tests of a build without sanitizers do this"
}

case $need in
addresses)
    no_sanitizer "a sanitizer takes more addresses than any limit"
    ;;
tmpfs)
    said=$(unshare -rm mount -t tmpfs tmpfs /mnt 2>&1) ||
        skip "no tmpfs can be mounted in a name space: ${said:-no reason told}"
    ;;
clang)
    no_sanitizer "a fuzzer has sanitizers of its own"
    command -v clang >/dev/null || command -v clang-14 >/dev/null ||
        skip "no clang here to build a fuzzer: apt-get install clang"
    ;;
yaml)
    /usr/bin/python3 -c "import yaml" 2>/dev/null ||
        skip "no PyYAML here to read YAML 1.1: apt-get install python3-yaml"
    ;;
*)
    echo "FAIL: $1 needs \"$need\", which nothing here can look for" >&2
    exit 64
    ;;
esac
exec bash "$@"

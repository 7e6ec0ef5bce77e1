#!/usr/bin/env bash
# test_bootstrap.sh - bootstrap names the versions that it found, and says where
# it found none.
. "$(dirname "$0")/expect.sh"
bootstrap=$2/bootstrap

expect 0 "^compiler +.*[0-9]+\.[0-9]" "$bootstrap" versions
for name in CMake MPI HDF5 libfyaml SLEEF xxHash libpng FFmpeg protobuf-c; do
    grep -qE "^$name +.*([0-9]+\.[0-9]|not found)" said
done
grep -qE "^CMake +[0-9]+\.[0-9]+" said # this test was configured by one

# a machine with the tools of any shell and nothing else
mkdir bin
for tool in bash dirname sed awk env; do
    ln -s "$(command -v "$tool")" bin/
done
expect 0 "^compiler +not found" env PATH="$PWD/bin" "$bootstrap" versions
[ "$(grep -c "not found" said)" -eq 13 ]
expect 64 "knows Debian and Ubuntu only" env PATH="$PWD/bin" "$bootstrap" build
expect 64 "bootstrap versions" "$bootstrap" nothing

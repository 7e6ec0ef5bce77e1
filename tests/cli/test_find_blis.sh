#!/usr/bin/env bash
# test_find_blis.sh - the build finds BLIS in BLIS_ROOT, in Debian's folder and
# by pkg-config, and takes none with threads unasked. Nothing is compiled.
# label: once
. "$(dirname "$0")/expect.sh"
source=$2

# make_blis FOLDER HAS_THREADS: as Spack and others lay it
make_blis() {
    mkdir -p "$1/lib" "$1/include/blis"
    : >"$1/lib/libblis.so"
    printf '#if %s\n#define BLIS_ENABLE_OPENMP\n#endif\n' "$2" \
        >"$1/include/blis/blis.h"
}
make_blis own 0
make_blis threads 1
cat >blis.pc <<END
Name: blis
Description: BLIS
Version: 1.0
Libs: -L$PWD/own/lib -lblis
Cflags: -I$PWD/own/include/blis
END

# the part alone, where Debian's folder may be another
mkdir sources
cat >sources/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(part LANGUAGES C)
find_package(PkgConfig REQUIRED)
set(CMAKE_LIBRARY_ARCHITECTURE none)
include($source/src/math/blis.cmake)
message(STATUS "header: \${BLIS_INCLUDE}")
END
# configure ...: CMake breaks its lines where it likes
configure() {
    cmake "$@" 2>&1 | tr -s '\n ' ' '
}
export PKG_CONFIG_LIBDIR=$PWD
unset BLIS_ROOT CMAKE_PREFIX_PATH

expect 0 "Found BLIS: $PWD/own/lib/libblis.so" \
    configure -S sources -B part
expect 0 "header: $PWD/own/include/blis" configure -S sources -B part
# another root is another BLIS, and with threads it has to be asked for
expect 0 "threads/lib/libblis.so is a BLIS with threads: run" \
    configure -S sources -B part -DBLIS_ROOT="$PWD/threads"
BLIS_ROOT=$PWD/own expect 0 "Found BLIS: $PWD/own/lib/libblis.so" \
    configure -S sources -B part -DBLIS_ROOT=
sed -i "s,/own/,/threads/,g" blis.pc
rm -r part # what pkg-config said is kept there
expect 1 "is a BLIS with threads: install a" configure -S sources -B part -DBLIS_ROOT=
rm -r part blis.pc
expect 1 "No BLIS in /usr/lib/none/blis-serial and blis.pc" configure -S sources -B part
expect 1 "No BLIS in BLIS_ROOT \"/nowhere\": install" \
    configure -S sources -B part -DBLIS_ROOT=/nowhere

# the whole: what is found is linked and in the path where programs look
unset PKG_CONFIG_LIBDIR
expect 0 "Found BLIS: $PWD/own/lib/libblis.so" configure -G Ninja -S "$source" \
    -B whole -DBLIS_ROOT="$PWD/own" -DSIDLE_TESTS=OFF
grep -q "rpath,$PWD/own/lib" whole/build.ninja
grep -q -- "-isystem $PWD/own/include/blis" whole/build.ninja

#!/usr/bin/env bash
# test_install.sh - what is installed runs and is found, wherever it lies.
. "$(dirname "$0")/expect.sh"

cmake --install "$(dirname "$sidle")" --prefix "$PWD/first" >/dev/null
mv first moved
expect 0 "BLIS: .*kernels" moved/bin/sidle --version

PKG_CONFIG_PATH=$(dirname "$(find "$PWD/moved" -name sidle.pc)")
export PKG_CONFIG_PATH
[ -s "$(pkg-config --variable=libdir sidle)/libsidle_io.a" ]
[ -s "$(pkg-config --variable=includedir sidle)/io/ckpt.h" ]

mkdir user
cat >user/CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.25)
project(user C)
find_package(sidle REQUIRED)
get_target_property(where sidle::sidle_io INTERFACE_INCLUDE_DIRECTORIES)
message(STATUS "headers in ${where}")
END
expect 0 "headers in $PWD/moved/include" \
    cmake -G Ninja -S user -B user/build -DCMAKE_PREFIX_PATH="$PWD/moved"

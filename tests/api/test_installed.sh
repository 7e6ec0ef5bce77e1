#!/usr/bin/env bash
# test_installed.sh - a program of the library trains, saves and samples: built
# against what is installed, by pkg-config and by CMake.
# label: once
. "$(dirname "$0")/../cli/expect.sh"
here=$(cd "$(dirname "$0")" && pwd)
make_text

cmake --install "$(dirname "$sidle")" --prefix "$PWD/installed" >/dev/null
PKG_CONFIG_PATH=$(dirname "$(find "$PWD/installed" -name sidle.pc)")
export PKG_CONFIG_PATH
export ASAN_OPTIONS=detect_leaks=0

# A library that was built with sanitizers wants them in its users.
extra=()
nm "$(pkg-config --variable=libdir sidle)/libsidle_base.a" >symbols
if grep -q __asan symbols; then
    extra=(-fsanitize=address,undefined)
fi

# by pkg-config: two ranks train, the first one samples
cc -std=c11 -Wall -Wextra -Wpedantic -Werror "${extra[@]}" \
    $(pkg-config --cflags sidle) "$here/train_and_sample.c" -o by_pkg_config \
    $(pkg-config --libs sidle)
expect 0 "^[1-8] bytes" mpirun -n 2 ./by_pkg_config text.txt run
grep -q "step 20/20" said
[ -s run/checkpoints/final.h5 ] && [ -s run/metrics.csv ]
grep -E "^( [0-9]+)+$" said >first

# by CMake: the same run is finished, and is sampled alike, in one process
cmake -G Ninja -S "$here" -B build -DCMAKE_PREFIX_PATH="$PWD/installed" \
    "-DCMAKE_C_FLAGS=${extra[*]}" >log
cmake --build build >>log
expect 0 "this run is finished" build/train_and_sample text.txt run
grep -E "^( [0-9]+)+$" said | diff first -

# what the commands say of the run that the program has made
expect 0 "^loss 5\\.[0-9]* nats" "$sidle" eval run

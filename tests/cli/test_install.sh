#!/usr/bin/env bash
# test_install.sh - what is installed runs, is found wherever it lies, and is
# built against in C and in C++, by pkg-config and by CMake.
# timeout: 180
. "$(dirname "$0")/expect.sh"

cmake --install "$(dirname "$sidle")" --prefix "$PWD/first" >/dev/null
mv first moved
expect 0 "BLIS: .*kernels" moved/bin/sidle --version

PKG_CONFIG_PATH=$(dirname "$(find "$PWD/moved" -name sidle.pc)")
export PKG_CONFIG_PATH
libraries=$(pkg-config --variable=libdir sidle)
headers=$(pkg-config --variable=includedir sidle)
[ -s "$libraries/libsidle_io.a" ]
[ -s "$headers/io/ckpt.h" ]

# sidle.h names all that is installed, and nothing that a room keeps for itself
(cd "$headers" && find . -name '*.h' | sed 's,^\./,,' | grep -v '^sidle\.h$') |
    sort >installed
grep -oE '^#include "[^"]+"' "$headers/sidle.h" | cut -d'"' -f2 | sort >named
diff installed named
lacks "inside|station|private|ckpt/" installed
(cd "$headers" && grep -L 'extern "C"' $(cat "$OLDPWD/installed")) >forgotten || true
[ ! -s forgotten ] || expect 0 "extern" cat forgotten

# A library that was built with sanitizers wants them in its users.
extra=()
nm "$libraries/libsidle_base.a" >symbols
if grep -q __asan symbols; then
    extra=(-fsanitize=address,undefined)
fi
cxx=$(command -v g++ || true)
flags=$(pkg-config --cflags sidle)

# alone HEADER: it compiles by itself, in C and in C++
cat >alone <<'END'
echo "#include \"$1\"" >one.$$.c
cp one.$$.c one.$$.cc
cc -std=gnu11 -Wall -Wextra -Werror -fsyntax-only $flags one.$$.c || echo "$1: C"
[ -z "$cxx" ] ||
    g++ -std=c++11 -Wall -Wextra -Werror -fsyntax-only $flags one.$$.cc ||
    echo "$1: C++"
rm one.$$.c one.$$.cc
END
export flags cxx
xargs -n 1 -P 2 bash alone <installed >bad 2>&1
[ ! -s bad ] || expect 0 "no header that cannot be used alone" cat bad

# a program that needs every room
cat >user.c <<'END'
#include <sidle.h>
#include <sidle/sidle.h>

#include <stdio.h>

int main(void)
{
    sidle_perceiver config = {0};
    sidle_model *model = NULL;
    sidle_json *json = NULL;

    if (sidle_ckpt_verify("nowhere.h5", NULL, NULL) != SIDLE_EIO)
        return 1;
    config.vocab = 13;
    config.context = 10;
    config.latents = 4;
    config.width = config.embed_width = 8;
    config.heads = config.cross_heads = 2;
    config.layers = 1;
    config.mlp_factor = 4;
    if (sidle_model_perceiver(&config, 1, &model) != SIDLE_OK ||
        sidle_json_new(&json) != SIDLE_OK)
        return puts(sidle_fail_text()), 1;
    sidle_json_int(json, "parameters", (int64_t)sidle_model_count(model));
    sidle_model_free(model);
    return sidle_json_print(json, stdout);
}
END
cp user.c user.cc
export ASAN_OPTIONS=detect_leaks=0
cc $flags "${extra[@]}" user.c -o user_c $(pkg-config --libs sidle)
expect 0 '"parameters": [1-9]' ./user_c
if [ -n "$cxx" ]; then
    g++ -Wall -Werror $flags "${extra[@]}" user.cc -o user_cc \
        $(pkg-config --libs sidle)
    expect 0 '"parameters": [1-9]' ./user_cc
fi

# CMake: one target, also from a project of C++ alone
mkdir user
mv user.c user.cc user
language=C
[ -z "$cxx" ] || language=CXX
cat >user/CMakeLists.txt <<END
cmake_minimum_required(VERSION 3.25)
project(user LANGUAGES $language)
find_package(sidle REQUIRED)
add_link_options(${extra[@]})
add_executable(user_c user.c)
target_link_libraries(user_c sidle::sidle)
if(CMAKE_CXX_COMPILER)
  add_executable(user_cc user.cc)
  target_link_libraries(user_cc sidle::sidle)
endif()
get_target_property(where sidle::sidle_io INTERFACE_INCLUDE_DIRECTORIES)
message(STATUS "headers in \${where}")
END
expect 0 "headers in $PWD/moved/include" \
    cmake -G Ninja -S user -B user/build -DCMAKE_PREFIX_PATH="$PWD/moved"
expect 0 "Linking" cmake --build user/build
for program in user/build/user_c*; do
    expect 0 '"parameters": [1-9]' "$program"
done

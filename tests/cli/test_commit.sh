#!/usr/bin/env bash
# test_commit.sh - the commit of --version is that of the build: the step that
# every build makes follows commits and changes, and touches its header for no
# less.
. "$(dirname "$0")/expect.sh"
source=$2

commit_of_build() { # [PATH]: the header's word, and when it was written
    PATH=${1:-$PATH} "$cmake" -DSOURCE="$PWD/tree" -DHEADER="$PWD/commit.h" \
        -P "$source/src/base/commit.cmake"
    sed 's/#define SIDLE_COMMIT "\(.*\)"/\1/' commit.h
}
commit() {
    git -C tree -c user.name=a -c user.email=a@b commit -qam "$1"
    git -C tree rev-parse --short HEAD
}
cmake=$(command -v cmake)
expect 0 "^sidle .*\(commit ([0-9a-f]{7,}(-dirty)?|unknown|.*-g[0-9a-f]+.*)\)" \
    "$sidle" --version

# no repository, then one
mkdir tree
echo one >tree/file
export GIT_CEILING_DIRECTORIES=$PWD
[ "$(commit_of_build)" = unknown ]
git -C tree init -q
git -C tree add file
first=$(commit first)
[ "$(commit_of_build)" = "$first" ]

# nothing new: not touched
touch -d 2001-01-01 commit.h
[ "$(commit_of_build)" = "$first" ]
[ "$(date -r commit.h +%Y)" = 2001 ]

# a change, a commit, a machine without git
echo two >tree/file
[ "$(commit_of_build)" = "$first-dirty" ]
second=$(commit second)
[ "$second" != "$first" ]
[ "$(commit_of_build)" = "$second" ]
mkdir empty
[ "$(commit_of_build "$PWD/empty")" = unknown ]

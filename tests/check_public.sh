#!/usr/bin/env bash
# check_public.sh - sidle.h names all headers that its headers include, so that
# what is installed is whole, and each of them may be used from C++.
set -euo pipefail
cd "${1:-.}"

bad=0
named=$(sed -n 's/^#include "\(.*\)"$/\1/p' sidle.h)
for header in $named; do
    file=$header
    [ ! -e "src/$header" ] || file=src/$header
    while IFS= read -r include; do
        if ! grep -qxF "$include" <<<"$named"; then
            echo "$file includes \"$include\", which sidle.h does not name" >&2
            bad=1
        fi
    done < <(sed -n 's/^#include "\(.*\)"$/\1/p' "$file")
    if ! grep -q 'extern "C"' "$file"; then
        echo "$file: extern \"C\" is missing, and sidle.h names it" >&2
        bad=1
    fi
done
exit $bad

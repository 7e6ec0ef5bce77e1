#!/usr/bin/env bash
# check_docs.sh - README and docs: length of lines and of README, links that
# lead to a file.
set -euo pipefail
cd "${1:-.}"
export LC_ALL=C.UTF-8
bad=0

complain() {
    echo "$1" >&2
    bad=1
}

[ "$(wc -l <README.md)" -le 150 ] || complain "README.md has more than 150 lines"
for page in README.md docs/*.md; do
    number=0
    while IFS= read -r line; do
        number=$((number + 1))
        [ ${#line} -le 120 ] ||
            complain "$page:$number: ${#line} columns, at most 120"
    done <"$page"
    # [words](target), without what leads out of the repository
    while read -r target; do
        [ -e "$(dirname "$page")/$target" ] ||
            complain "$page: a link leads to \"$target\", which is not there"
    done < <(grep -oE '\]\([^)#]+' "$page" | cut -c 3- | grep -v '://')
done
exit $bad

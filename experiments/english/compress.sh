#!/bin/sh
# compress.sh - bits a held-out byte of xz and zstd, alone and after the
# training text: the size of both files together less that of the first one.
# Run it in the root of the repository, after make.sh; takes minutes.
set -eu
cd runs/english

xz_size() { xz -9e -T1 -c | wc -c; }
zstd_size() { zstd -19 --long -q -c | wc -c; }

for kind in xz zstd; do
    train=$("${kind}_size" <train.txt)
    for part in valid.txt valid-bible.txt valid-novel.txt; do
        bytes=$(wc -c <"$part")
        alone=$("${kind}_size" <"$part")
        both=$(cat train.txt "$part" | "${kind}_size")
        echo "$kind $part $bytes $alone $((both - train))"
    done
done | awk '{ printf "%-5s%-16s alone %.3f, after the training text %.3f\n",
    $1, $2, $4 * 8 / $3, $5 * 8 / $3 }'

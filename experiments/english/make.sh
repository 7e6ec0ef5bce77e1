#!/bin/sh
# make.sh - 8.8 MB of public-domain English out of three packages of Debian 12,
# in runs/english: train.txt, and valid.txt, which is valid-bible.txt and then
# valid-novel.txt. Run it in the root of the repository.
#
#   apt install bible-kjv dict-devil r-cran-janeaustenr
#
# Whole books are held out: one novel of six and four books of the Bible, so
# that no sentence of a held-out plot is in the training text.
set -eu
held_bible='Ruth|Eccl|Jonah|Acts'
held_novel=persuasion
devil=/usr/share/dictd/devil.dict.dz
out=runs/english

fail() {
    echo "error: $1, expected those of the head of $0; install them" >&2
    exit 1
}

command -v bible >/dev/null || fail "no package bible-kjv"
command -v Rscript >/dev/null || fail "no package r-cran-janeaustenr"
[ -r "$devil" ] || fail "no package dict-devil"
mkdir -p "$out"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bible -f Genesis1:1-Revelation22:21 </dev/null >"$work/bible"
zcat <"$devil" | sed '1,/original version\.$/d' >"$work/devil"
# The package keeps each novel as a vector of lines.
Rscript --vanilla - "$work" <<'END'
out <- commandArgs(TRUE)[1]
for (book in c("sensesensibility", "prideprejudice", "mansfieldpark",
               "emma", "northangerabbey", "persuasion")) {
    lines <- getExportedValue("janeaustenr", book)
    writeLines(lines, file.path(out, book), useBytes = TRUE)
}
END

{
    grep -vE "^($held_bible)[0-9]" "$work/bible"
    cat "$work/devil"
    for book in sensesensibility prideprejudice mansfieldpark emma \
        northangerabbey; do
        cat "$work/$book"
    done
} >"$out/train.txt"
grep -E "^($held_bible)[0-9]" "$work/bible" >"$out/valid-bible.txt"
cp "$work/$held_novel" "$out/valid-novel.txt"
cat "$out/valid-bible.txt" "$out/valid-novel.txt" >"$out/valid.txt"
wc -c "$out"/*.txt

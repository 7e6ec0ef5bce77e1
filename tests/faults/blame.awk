# blame.awk - sanitizers' reports among other lines: those that blame our
# sources are printed, and the exit code is 1 if there is any.
#
# A report blames whoever the innermost frame belongs to that is HDF5's or ours:
# HDF5 on a damaged file is known to err, behind the fence. A failed check of
# ours is a bug, too, unless memory was refused.
/ERROR: (Address|Leak)Sanitizer/ { title = $0 }
/^ *#[0-9]+ / && title != "" {
    if ($0 ~ /libhdf5/)
        title = ""
    else if ($0 ~ /\/(io|src|mpi|tests)\/[^ ]*\.[ch]:[0-9]+/) {
        print title
        print
        title = ""
        blamed = 1
    }
}
/: runtime error: / || (/^sidle: .* \([^ ]*\.[ch]:[0-9]+\)$/ && !/memory/) {
    print
    blamed = 1
}
END { exit blamed }

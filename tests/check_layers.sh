#!/usr/bin/env bash
# check_layers.sh - each folder includes only what stands below it.
set -euo pipefail
cd "${1:-.}"

# folder: the folders (or single headers) that it may include, besides itself
rules='
src/base:
src/math:     base
src/layer:    base math data/ids.h
src/model:    base math layer
src/optim:    base math
src/schedule: base
src/data:     base math
src/sample:   base math layer model data/ids.h
mpi:          base math model optim schedule data
io:           base math model optim data mpi/comm.h
io/ckpt:      base io mpi/comm.h
src/run:      base math layer model optim schedule data sample mpi io
src/cli:      base math layer model optim schedule data sample mpi io run
'
# The outside libraries that only one room may see.
fences='
<mpi.h>: mpi/
<hdf5.h>: io/
<zlib.h>: io/idx_file.c
<libfyaml.h>: io/
<png.h>: io/png.c
<libavformat/: io/film_
<libavcodec/: io/film_
<libswscale/: io/film_
<libavutil/: io/film_
<blis.h>: src/math/gemm.c
<sleef.h>: src/math/
<Random123/: src/base/rng.c
'
bad=0
while IFS=: read -r folder allowed; do
    [ -n "$folder" ] || continue
    own=${folder#src/}
    while IFS=: read -r file line include; do
        target=${include#*\"}
        target=${target%\"*}
        room=${target%%/*}
        case " $own $allowed " in
        *" $room "* | *" $target "*) ;;
        *)
            echo "$file:$line: $folder must not include \"$target\"" >&2
            bad=1
            ;;
        esac
    done < <(grep -nH '^ *# *include *"' "$folder"/*.[ch] 2>/dev/null || true)
done <<<"$rules"
while IFS=: read -r header place; do
    [ -n "$header" ] || continue
    place=${place# }
    while IFS= read -r file; do
        case $file in
        "$place"*) ;;
        *)
            echo "$file: only $place may include $header" >&2
            bad=1
            ;;
        esac
    done < <(grep -rlF "#include $header" src mpi io 2>/dev/null || true)
done <<<"$fences"
exit $bad

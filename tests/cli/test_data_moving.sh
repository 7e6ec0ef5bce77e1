#!/usr/bin/env bash
# test_data_moving.sh - sidle data moving: the file, its labels, what does not
# fit; the pictures are made here.
. "$(dirname "$0")/expect.sh"

# Twenty pictures of 6 x 6 in IDX form: magic, sizes, bytes.
python3 - <<'END'
import gzip, os
def idx(name, dims, data, pack):
    head = bytes([0, 0, 8, len(dims)]) + b"".join(d.to_bytes(4, "big") for d in dims)
    (gzip.open if pack else open)(name, "wb").write(head + data)
for folder, n in (("images", 20), ("few", 0), ("odd", 20)):
    os.mkdir(folder)
    side = (6, 5) if folder == "odd" else (6, 6)
    data = bytes(50 + i // 36 for i in range(20 * 36))[:20 * side[0] * side[1]]
    idx(f"{folder}/t10k-images-idx3-ubyte.gz", (20, *side), data, True)
    idx(f"{folder}/t10k-labels-idx1-ubyte", (20,), bytes(i % 10 for i in range(20)), False)
os.truncate("few/t10k-labels-idx1-ubyte", 20)
END
moving="$sidle data moving --images images --part test --size 16x12"

expect 0 "a.h5: 30 clips of 9 frames, 16 x 12, 10 classes" \
    $moving a.h5 --clips 30 --frames 9 --speed 0.25
expect 0 "270 frames, its structure is right" $sidle verify a.h5
expect 0 "30 clips, 270 frames of 12 x 16 x 1 .Y X C., 10 classes, labels 0 to 9" \
    $sidle inspect a.h5
$moving b.h5 --clips 30 --frames 9 --speed 0.25 >/dev/null
cmp a.h5 b.h5 || { echo "FAIL: the same words made another file" >&2; exit 1; }
# It replaces a video file, and nothing else.
$moving b.h5 --clips 30 --frames 9 --speed 0.25 --seed 2 >/dev/null
! cmp -s a.h5 b.h5 || { echo "FAIL: another seed made the same file" >&2; exit 1; }
expect 0 "4 directions" $moving d.h5 --clips 5 --label direction --objects 2
expect 0 "labels 0 to 3 of frames" $sidle inspect d.h5

echo precious >text
expect 64 "'text' is there and is no video file of Sidle" $moving text
expect 64 "'.*/text' is there and is no video file" $moving "$PWD/text"
[ "$(cat text)" = precious ] || { echo "FAIL: a text was replaced" >&2; exit 1; }
expect 74 "cannot make 'none/a.h5.tmp': No such file or directory" $moving none/a.h5
expect 74 "train-images-idx3-ubyte' is missing, also with .gz; install dataset-fashion-mnist" \
    $sidle data moving --images images c.h5
expect 65 "is shorter than its dimensions say" \
    $sidle data moving --images few --part test c.h5
expect 65 "20 pictures of 5 x 6 and 20 labels, expected square pictures" \
    $sidle data moving --images odd --part test c.h5
echo "no IDX file, but long enough to hold a head" >few/t10k-labels-idx1-ubyte
expect 65 "does not begin as one; expected an IDX file" \
    $sidle data moving --images few --part test c.h5
(ulimit -f 200; expect 74 "write 'c.h5.tmp': File too large" $moving c.h5 --clips 2000)
[ ! -e c.h5 ] && [ ! -e c.h5.tmp ] || { echo "FAIL: an error left a file behind" >&2; exit 1; }

expect 64 "no output file is given" $moving
expect 64 "\"x.h5\" is one too many" $moving c.h5 x.h5
expect 64 "expected columns x rows" $moving c.h5 --size 16
expect 64 "does not fit into frames of 16 x 12" $moving c.h5 --object 13
expect 64 "more than the 5 pixels that an object can move" $moving c.h5 --speed 6
expect 64 "expected pixels a frame" $moving c.h5 --speed fast
expect 64 "expected class or direction" $moving c.h5 --label colour
expect 64 "expected train, valid or test" $moving c.h5 --part all
expect 64 "expected 1 or 2" $moving c.h5 --objects 3
expect 64 "has no direction" $moving c.h5 --label direction --speed 0
expect 64 "did you mean \"moving\"" $sidle data movin
expect 64 "Usage: sidle data KIND" $sidle data
expect 0 "Usage: sidle data KIND" $sidle data --help

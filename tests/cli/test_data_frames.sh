#!/usr/bin/env bash
# test_data_frames.sh - sidle data frames: pictures in folders, their order and
# classes, and what does not fit. The pictures are made here.
. "$(dirname "$0")/expect.sh"

python3 - <<'END'
import os, struct, zlib
def png(name, value, x=8, y=6, colour=None):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    row = bytes([0]) + bytes(colour or [value]) * x
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "wb").write(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">IIBBBBB", x, y, 8, 2 if colour else 0, 0, 0, 0))
        + chunk(b"IDAT", zlib.compress(row * y)) + chunk(b"IEND", b""))
def jpeg(name, x=8, y=6, bits=b"\x1f", turned=0):
    """Blocks of one value each: bits 00, as the last one (128 at first); bits
    011000000, 8 more; bit 0 ends a block. `turned` is the Exif orientation."""
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\1\x12\0\3\0\0\0\1\0" + bytes([turned]) + b"\0" * 6
    os.makedirs(os.path.dirname(name), exist_ok=True)
    open(name, "wb").write(
        b"\xff\xd8" + (b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif if turned else b"")
        + b"\xff\xdb\0\x43\0" + b"\1" * 64
        + b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", y, x) + b"\1\1\x11\0"
        + b"\xff\xc4\0\x15\0" + bytes([0, 2] + [0] * 14 + [0, 7])
        + b"\xff\xc4\0\x14\x10" + bytes([1] + [0] * 15 + [0])
        + b"\xff\xda\0\x08\1\1\0\0\x3f\0" + bits + b"\xff\xd9")
for i in (1, 2, 9, 10, 11):
    png(f"one/frame{i}.png", i)
open("one/notes.txt", "w").write("no picture")
png("one/.hidden.png", 77)
png("tree/b/x1/1.png", 5)
png("tree/b/x1/2.PNG", 6)
png("tree/b/x2/1.png", 7)
png("tree/a/1.png", 8)
jpeg("tree/a/2.jpg")
# 000 011000000 0 and ones: the left half is 128, the right half 136.
for turned in (1, 3, 6, 8):
    jpeg(f"turned/{turned}.jpg", 16, 8, b"\x0c\x07", turned)
png("both/1.png", 3)
png("both/sub/1.png", 4)
png("odd/1.png", 3)
png("odd/2.png", 3, 6, 8)
png("colour/1.png", 0, colour=(250, 130, 10))
png("broken/1.png", 3)
data = open("broken/1.png", "rb").read()
open("broken/2.png", "wb").write(b"a text")
os.makedirs("none/deeper")
END

bytes_of() {
    h5dump -d frames -s "0,0,0,0" -c "$2,1,1,1" "$1" | sed -n 's/^ *([0-9,]*): *//p' |
        tr -d ',' | tr '\n' ' ' | tr -s ' ' | sed 's/ $//'
}
numbers() {
    h5dump -d "$2" "$1" | sed -n 's/^ *(0): //p'
}
is() {
    [ "$1" = "$2" ] || { echo "FAIL: \"$1\", expected \"$2\"" >&2; exit 1; }
}
frames="$sidle data frames"
$frames one a.h5 >said 2>&1 || true
if grep -q "built without FFmpeg" said; then
    cat said
    exit 77
fi

expect 0 "^a.h5: 1 clip, 5 frames, 8 x 6, grey$" $frames --gray one a.h5
is "$(bytes_of a.h5 5)" "1 2 9 10 11"
expect 0 "its structure is right" $sidle verify a.h5
expect 0 "5 frames of 6 x 8 x 1 .Y X C., no labels" $sidle inspect a.h5
$frames --gray --fps 12.5 one/ b.h5 >said
expect 0 "12.5 frames a second" $sidle inspect b.h5
is "$(bytes_of b.h5 5)" "1 2 9 10 11"

# Folders in folders: clips, and classes by the first of them.
expect 0 "3 clips, 5 frames, 8 x 6, grey, 2 classes" $frames --gray --labels tree t.h5
is "$(bytes_of t.h5 5)" "8 128 5 6 7"
is "$(numbers t.h5 offsets)" "0, 2, 4, 5"
is "$(numbers t.h5 labels)" "0, 1, 1"
h5dump -a class_names t.h5 | grep -q '(0): "a", "b"'
expect 0 "2 clips, 2 frames, 8 x 6, in colour$" $frames both b.h5
expect 65 "'both' has pictures itself; with --labels" $frames --labels both n.h5
$frames colour b.h5 >said
h5dump -d frames -s 0,0,0,0 -c 1,1,1,3 b.h5 | grep -q ": 250, 130, 10$"

# Pictures of cameras that were held upright or upside down.
$frames --gray --size 8x8 turned b.h5 >said
corner() {
    h5dump -d frames -s "$1,$2,$3,0" -c 1,1,1,1 b.h5 | sed -n 's/^ *([0-9,]*): *//p'
}
is "$(corner 0 0 0) $(corner 0 0 7) $(corner 0 7 0)" "128 136 128"
is "$(corner 1 0 0) $(corner 1 0 7) $(corner 1 7 0)" "136 128 136"
is "$(corner 2 0 0) $(corner 2 0 7) $(corner 2 7 0)" "128 128 136"
is "$(corner 3 0 0) $(corner 3 0 7) $(corner 3 7 0)" "136 136 128"
expect 65 "'turned/6.jpg' has frames of 8 x 16 pixels, 'turned/1.jpg' of 16 x 8" \
    $frames turned n.h5

expect 65 "'odd/2.png' has frames of 6 x 8 pixels, 'odd/1.png' of 8 x 6; give the size" \
    $frames odd n.h5
expect 0 "1 clip, 2 frames, 4 x 4, grey" $frames --gray --size 4x4 odd b.h5
is "$(bytes_of b.h5 2)" "3 3"
expect 65 "'broken/2.png' cannot be read as a film or picture" $frames broken n.h5
expect 65 "'none' has no pictures; expected files whose names end in .png" $frames none n.h5
expect 74 "cannot read 'nowhere': No such file" $frames nowhere n.h5
expect 74 "cannot read 'one/1.txt': " $frames one/1.txt n.h5
ln -s .. none/deeper/up
expect 65 "lies more than 16 folders deep" $frames none/deeper n.h5
[ ! -e n.h5 ] && [ ! -e n.h5.tmp ] || { echo "FAIL: an error left a file behind" >&2; exit 1; }
expect 64 "'one/notes.txt' is there and is no video file" $frames one one/notes.txt
expect 64 "a folder and an output file are expected$" $frames one
expect 64 "\"c.h5\" is one too many" $frames one b.h5 c.h5
expect 64 "unrecognized option" $frames one b.h5 --clips 3
expect 0 "the sub-folder of FOLDER" $frames --help

#!/usr/bin/env bash
# test_data_show.sh - sidle data show: the list of clips and the contact sheet.
. "$(dirname "$0")/expect.sh"

# Twenty pictures of 6 x 6 in IDX form, of ten classes.
mkdir images
python3 - <<'END'
def idx(name, dims, data):
    head = bytes([0, 0, 8, len(dims)]) + b"".join(d.to_bytes(4, "big") for d in dims)
    open(name, "wb").write(head + data)
idx("images/t10k-images-idx3-ubyte", (20, 6, 6), bytes([200] * 720))
idx("images/t10k-labels-idx1-ubyte", (20,), bytes(i % 10 for i in range(20)))
END
moving="$sidle data moving --images images --part test --size 16x12 --clips 40"
$moving --frames 5 a.h5 >said
$moving --frames 200 --speed 2 --label direction --seed 2 d.h5 >said

expect 0 "^ +clip +frames +label$" $sidle data show a.h5
[ "$(wc -l <said)" -eq 41 ]
grep -qE "^ +0 +5 +[0-9]$" said
grep -qE "^ +39 +5 +[0-9]$" said
expect 0 "^ +39 +5 " $sidle data show a.h5 --clips 3
[ "$(awk '{ print $1 }' said | tr '\n' ' ')" = "clip 0 19 39 " ]

# Labels of frames: each as long as it lasts, by name.
expect 0 "^ +0 +200 +[0-3] (right|down|left|up); frames: ([0-3] (right|down|left|up), ){8}and more$" \
    $sidle data show d.h5

# A file that says nothing of itself.
h5copy -i a.h5 -o n.h5 -s frames -d frames >/dev/null
h5copy -i a.h5 -o n.h5 -s offsets -d offsets >/dev/null
expect 65 "'n.h5', read as a video file: attribute 'format'" $sidle data show n.h5

if $sidle data show a.h5 --png sheet.png >said 2>&1; then
    expect 0 "^sheet.png: a contact sheet, 16 clips from top to bottom$" \
        $sidle data show a.h5 --png sheet.png
    # Frames of 16 x 12 are drawn four times as large, with an edge and a gap.
    size() {
        python3 -c 'import struct, sys
print(*struct.unpack(">II", open(sys.argv[1], "rb").read()[16:24]))' "$1"
    }
    is() {
        [ "$1" = "$2" ] || { echo "FAIL: \"$1\", expected \"$2\"" >&2; exit 1; }
    }
    is "$(size sheet.png)" "$((5 * (64 + 8) + 2)) $((16 * (48 + 8) + 2))"
    expect 0 "3 clips from top" $sidle data show d.h5 --clips 3 --frames 10 --png sheet.png
    is "$(size sheet.png)" "$((10 * (64 + 8) + 2)) $((3 * (48 + 8) + 2))"
    expect 74 "none" $sidle data show a.h5 --png none/sheet.png
    echo "a text" >diary
    expect 64 "'diary' is there and is no PNG picture" $sidle data show a.h5 --png diary
    [ "$(cat diary)" = "a text" ]
else
    grep -q "built without libpng" said
fi

expect 74 "'none.h5'" $sidle data show none.h5
echo "a text" >text
expect 65 "'text', read as a video file" $sidle data show text
expect 64 "no file is given" $sidle data show
expect 64 "\"d.h5\" is one too many" $sidle data show a.h5 d.h5
expect 64 "expected an integer, 1 to" $sidle data show a.h5 --clips 0
expect 64 "expected 1 to 1000" $sidle data show a.h5 --frames 1001
expect 64 "unrecognized option" $sidle data show a.h5 --sheet x

#!/usr/bin/env bash
# test_data_video.sh - sidle data video: frames, labels, rates, cuts, and films
# that do not fit. The films are made here: YUV4MPEG2 has a line for the film
# and one for each frame, with plain bytes behind.
. "$(dirname "$0")/expect.sh"

# film NAME XxY FPS VALUE...: grey frames, each of one value.
film() {
    python3 - "$@" <<'END'
import sys
name, size, fps, *values = sys.argv[1:]
x, y = map(int, size.split("x"))
with open(name, "wb") as f:
    f.write(b"YUV4MPEG2 W%d H%d F%s:1 Ip A1:1 Cmono\n" % (x, y, fps.encode()))
    for value in values:
        f.write(b"FRAME\n" + bytes([int(value)] * (x * y)))
END
}

# values FILE: the first byte of each frame.
values() {
    h5dump -d frames -s 0,0,0,0 -c "$(($(frames "$1"))),1,1,1" "$1" |
        sed -n 's/^ *([0-9,]*): *//p' | tr -d ' ,\n'
}
frames() {
    h5dump -H -d frames "$1" | sed -n 's/.*SIMPLE { ( \([0-9]*\).*/\1/p'
}
numbers() {
    h5dump -d "$2" "$1" | sed -n 's/^ *(0): //p'
}
is() {
    [ "$1" = "$2" ] || { echo "FAIL: \"$1\", expected \"$2\"" >&2; exit 1; }
}

film a.y4m 8x6 10 1 2 3 4 5 6 7 8
video="$sidle data video"
$video a.y4m a.h5 >said 2>&1 || true
if grep -q "built without FFmpeg" said; then
    cat said
    exit 77
fi
expect 0 "^a.h5: 1 clip, 8 frames, 8 x 6, in colour$" $video a.y4m a.h5
expect 0 "its structure is right" $sidle verify a.h5
expect 0 "8 frames of 6 x 8 x 3 .Y X C., 10 frames a second, no labels" $sidle inspect a.h5
is "$(values a.h5)" 12345678
$video a.y4m b.h5 --gray >said
is "$(values b.h5)" 12345678
$video --gray a.y4m c.h5 >said
cmp b.h5 c.h5

# Frames by their times: dropped, repeated, neither.
$video --gray --fps 5 a.y4m b.h5 >said
is "$(values b.h5)" 1357
expect 0 "5 frames a second" $sidle inspect b.h5
$video --gray --fps 20 a.y4m b.h5 >said
is "$(values b.h5)" 1122334455667788
$video --gray --fps 10 a.y4m b.h5 >said
is "$(values b.h5)" 12345678
$video --gray --fps 0.01 a.y4m b.h5 >said
is "$(values b.h5)" 1

# Labels of the films behind; films without one.
film d.y4m 8x6 10 9
expect 0 "4 clips, 18 frames, 8 x 6, grey, 2 classes" $video --gray \
    d.y4m --label up a.y4m --label down d.y4m --label up a.y4m l.h5
is "$(numbers l.h5 labels)" "-1, 0, 1, 0"
is "$(numbers l.h5 offsets)" "0, 1, 9, 10, 18"
h5dump -a class_names l.h5 | grep -q '(0): "up", "down"'

# A cut is a sudden change. A flash has one, and a scene that flickers its
# first.
film cuts.y4m 8x6 10 10 11 12 200 201 202 90 91
$video --gray --cuts --label x cuts.y4m b.h5 >said
is "$(numbers b.h5 offsets)" "0, 3, 6, 8"
is "$(numbers b.h5 labels)" "0, 0, 0"
$video --gray --cuts=0.5 cuts.y4m b.h5 >said
is "$(numbers b.h5 offsets)" "0, 3, 8"
$video --gray cuts.y4m a.y4m b.h5 >said
is "$(numbers b.h5 offsets)" "0, 8, 16"
film flicker.y4m 8x6 10 10 200 10 200 10 200
$video --gray --cuts flicker.y4m b.h5 >said
is "$(numbers b.h5 offsets)" "0, 1, 6"

# Sizes: one for all, or the same of all films.
film other.y4m 16x12 20 7 7
expect 65 "'other.y4m' has frames of 16 x 12 pixels, 'a.y4m' of 8 x 6; give the size" \
    $video a.y4m other.y4m n.h5
expect 0 "2 clips, 10 frames, 4 x 3, grey" $video --gray a.y4m other.y4m --size 4x3 b.h5
is "$(values b.h5)" 1234567877
expect 0 "10 frames of 3 x 4 x 1 .Y X C., no labels" $sidle inspect b.h5 # 10 and 20 a second

# What is no film, and what is damaged.
echo "a text" >text.mp4
python3 - <<'END'
text = open("a.y4m", "rb").read()
at = -1
for _ in range(5):
    at = text.index(b"FRAME", at + 1)
open("broken.y4m", "wb").write(text[:at] + b"fRAME" + text[at + 5:])
END
film empty.y4m 8x6 10
expect 65 "'text.mp4' cannot be read as a film or picture: Invalid data" $video text.mp4 n.h5
expect 65 "'broken.y4m' cannot be decoded behind 4 frames: .*leave it out" $video broken.y4m n.h5
expect 65 "'empty.y4m' has no frame" $video empty.y4m n.h5
expect 74 "cannot read 'none.mp4': No such file" $video none.mp4 n.h5
expect 74 "cannot read '.': Is a directory" $video . n.h5
printf '#EXTM3U\n#EXTINF:1,\na.y4m\n#EXT-X-ENDLIST\n' >list.m3u8
expect 65 "'list.m3u8' cannot be read" $video list.m3u8 n.h5
expect 64 "'text.mp4' is there and is no video file of Sidle" $video a.y4m text.mp4
expect 64 "'d.y4m' is there and is no video file of Sidle" $video a.y4m d.y4m
expect 74 "cannot make 'none/n.h5.tmp'" $video a.y4m none/n.h5
film large.y4m 320x240 10 $(seq 100)
(ulimit -f 2000; expect 74 "write 'n.h5.tmp': File too large" $video large.y4m n.h5)
[ ! -e n.h5 ] && [ ! -e n.h5.tmp ] || { echo "FAIL: an error left a file behind" >&2; exit 1; }

expect 64 "no film and no output file is given" $video
expect 64 "one film at least and an output file are expected" $video a.y4m
expect 64 "\"a.y4m\" is a film and the output file" $video a.y4m a.y4m
expect 64 "unrecognized option" $video --sise 4x3 a.y4m n.h5
expect 64 "expected columns x rows" $video --size 64 a.y4m n.h5
expect 64 "expected frames a second, above 0" $video --fps 0 a.y4m n.h5
expect 64 "expected a number above 0 and below 1" $video --cuts=1 a.y4m n.h5
expect 64 "expected the name of a class" $video --label= a.y4m n.h5
expect 0 "class of the films that follow" $video --help

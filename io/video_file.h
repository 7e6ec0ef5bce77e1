/* video_file.h - what a file of clips holds.
 *
 * A video file is HDF5: attributes format "sidle-video" and format_version, and
 * if they are known classes and fps; /frames (all, Y, X, C) uint8, all clips
 * one after the other; /offsets, one more than there are clips; optional
 * /labels, one a clip, and /frame_labels, one a frame, where -1 is no label. */
#ifndef SIDLE_IO_VIDEO_FILE_H
#define SIDLE_IO_VIDEO_FILE_H

#include "base/status.h"
#include "io/offsets.h"

#include <stdint.h>

/* Of /labels or /frame_labels; n is 0 where there is no such data set. */
typedef struct sidle_labels {
    int64_t n, none;     /* of them, and of those that are -1 */
    int64_t least, most; /* of the others, if there is any */
} sidle_labels;

typedef struct sidle_video_info {
    int64_t frames, shape[3]; /* Y, X, C */
    int64_t clips, classes;   /* the latter 0: not told */
    double fps;               /* 0: not told */
    sidle_lengths lengths;    /* of clips, in frames */
    sidle_labels labels, frame_labels;
} sidle_video_info;

/**
 * Look into a video file: all of its numbers, but of the frames only that they
 * can be read. HDF5 runs in a child (fence.h).
 * Errors:  SIDLE_EIO: missing or unreadable; SIDLE_EDATA: not a video file, and
 *          why; a label outside -1 to classes - 1.
 */
sidle_status sidle_video_look(const char *path, sidle_video_info *info);

#endif

/* video_file.h - opens a video file and reads everything except its frames.
 *
 * A video file is HDF5: attributes format "sidle-video" and format_version,
 * and, if known, classes and fps; /frames (all, Y, X, C) uint8, all clips one
 * after the other; /offsets, one more than there are clips; optional /labels,
 * one per clip, and /frame_labels, one per frame, where -1 is no label. */
#ifndef SIDLE_IO_VIDEO_FILE_H
#define SIDLE_IO_VIDEO_FILE_H

#include "base/status.h"
#include "io/offsets.h"

#include <stdint.h>

/* Summary of /labels or /frame_labels; n is 0 if there is no such data set. */
typedef struct sidle_labels {
    int64_t n, none;     /* number of labels, and of those that are -1 */
    int64_t least, most; /* of the others, if there are any */
} sidle_labels;

typedef struct sidle_video_info {
    int64_t frames, shape[3]; /* Y, X, C */
    int64_t clips, classes;   /* classes 0: not given */
    double fps;               /* 0: not given */
    sidle_lengths lengths;    /* of clips, in frames */
    sidle_labels labels, frame_labels;
} sidle_video_info;

/* An open file: all of its numbers, none of its frames. */
typedef struct sidle_video {
    sidle_video_info info;
    int64_t *offsets;      /* (clips + 1) */
    int32_t *labels;       /* (clips), or NULL */
    int32_t *frame_labels; /* (frames), or NULL */
    int fd;                /* of the file, and its size in bytes */
    int64_t size;
} sidle_video;

/**
 * Open a video file and read all its numbers; of the frames, check only that
 * all can be found and that the first can be read. `key` is the option that
 * names the path, NULL if it was named on the command line. HDF5 runs in a
 * child process (fence.h).
 * Owns:    the caller ends it with sidle_video_close().
 * Errors:  SIDLE_EIO: missing or unreadable; SIDLE_EDATA: not a video file,
 *          with the reason; a label outside -1 to classes - 1.
 */
sidle_status sidle_video_open(const char *path, const char *key,
                              sidle_video *video);
void sidle_video_close(sidle_video *video);

/** Get the information about a video file. Errors: as above. */
sidle_status sidle_video_look(const char *path, sidle_video_info *info);

#endif

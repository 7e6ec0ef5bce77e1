/* video_scan.h - what a child behind a fence says of a file of clips. */
#ifndef SIDLE_IO_VIDEO_SCAN_H
#define SIDLE_IO_VIDEO_SCAN_H

#include "base/status.h"

#include <stdint.h>

/* Kinds of frames, in the order of a good file; numbers are int64 but for the
 * second. */
enum {
    SIDLE_VIDEO_SIZES = 1, /* (8) of /frames 4, of /offsets, of /labels, of
                              /frame_labels (-1: not there), classes */
    SIDLE_VIDEO_FPS,       /* one double; 0: not told */
    SIDLE_VIDEO_OFFSETS,
    SIDLE_VIDEO_LABELS,
    SIDLE_VIDEO_FRAME_LABELS
};

/** In the child: all of these; the context is a sidle_data_task. Errors:
 * SIDLE_EDATA: no file of clips; SIDLE_EIO: it cannot be read. */
sidle_status sidle_video_say(int out, void *context);

#endif

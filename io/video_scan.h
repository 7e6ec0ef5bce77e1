/* video_scan.h - the frames that a fenced child sends about a video file. */
#ifndef SIDLE_IO_VIDEO_SCAN_H
#define SIDLE_IO_VIDEO_SCAN_H

#include "base/status.h"

#include <stdint.h>

/* Kinds of frames, in the order in which a valid file gives them; numbers are
 * int64 except those of SIDLE_VIDEO_FPS. */
enum {
    SIDLE_VIDEO_SIZES = 1, /* (8) of /frames 4, of /offsets, of /labels, of
                              /frame_labels (-1: missing), classes */
    SIDLE_VIDEO_FPS,       /* one double; 0: not given */
    SIDLE_VIDEO_OFFSETS,
    SIDLE_VIDEO_LABELS,
    SIDLE_VIDEO_FRAME_LABELS
};

/** In the child: send all of these; the context is a sidle_data_task. Errors:
 * SIDLE_EDATA: not a video file; SIDLE_EIO: it cannot be read. */
sidle_status sidle_video_say(int out, void *context);

#endif

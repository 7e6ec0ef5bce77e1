/* video_frames.h - frames of an open video file, read when they are asked for.
 *
 * Never the whole file is in memory: frames that are packed together are read
 * together, a slab of at most 4 MiB (or one frame), and the slabs that were
 * used last are kept, 64 MiB of them (or two). Frames that lie in one piece are
 * read from there, one by one. */
#ifndef SIDLE_IO_VIDEO_FRAMES_H
#define SIDLE_IO_VIDEO_FRAMES_H

#include "base/status.h"

#include <stdint.h>

typedef struct sidle_video_frames sidle_video_frames;

/**
 * Open /frames of a file that a child has looked through (video_scan.h), here
 * or on another rank, and found to be of this shape.
 * Calls:   local; HDF5 runs in this process.
 * Shapes:  shape (4): frames, Y, X, C.
 * Owns:    the caller ends it with sidle_video_frames_close(), and closes `fd`
 *          behind it.
 * Errors:  SIDLE_EDATA, SIDLE_EIO of opening, or another shape; SIDLE_EINTERNAL
 *          (memory).
 */
sidle_status sidle_video_frames_open(int fd, int64_t size,
                                     const int64_t shape[4],
                                     sidle_video_frames **frames_p);
/** Bytes of frames [first, first + n). Errors: SIDLE_EIO, SIDLE_EDATA: they
 * cannot be read, or not be unpacked. */
sidle_status sidle_video_frames_read(sidle_video_frames *frames, int64_t first,
                                     int64_t n, unsigned char *out);
void sidle_video_frames_close(sidle_video_frames *frames);

#endif

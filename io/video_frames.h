/* video_frames.h - reads frames of an open video file on demand.
 *
 * The whole file is never in memory. Frames of one chunk are read together, as
 * a slab, and the most recently used slabs are kept: as many as the readers
 * prove to need, which is one for each row that is elsewhere in the file, and
 * no more than 64 MiB of them (or two). The more rows, the smaller a slab.
 * Frames that are contiguous are read one by one. */
#ifndef SIDLE_IO_VIDEO_FRAMES_H
#define SIDLE_IO_VIDEO_FRAMES_H

#include "base/status.h"

#include <stdint.h>

typedef struct sidle_video_frames sidle_video_frames;

/**
 * Open /frames of a file that a child has checked (video_scan.h), on this or
 * another rank, and found to be of this shape.
 * Calls:   local; HDF5 runs in this process.
 * Shapes:  shape (4): frames, Y, X, C.
 * Owns:    the caller ends it with sidle_video_frames_close(), and closes `fd`
 *          after that.
 * Errors:  SIDLE_EDATA, SIDLE_EIO: it cannot be opened, or has another shape;
 *          SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_video_frames_open(int fd, int64_t size,
                                     const int64_t shape[4],
                                     sidle_video_frames **frames_p);
/**
 * Say that a reader will go on at `n` places of the file at the same time;
 * readers add up. What was kept is dropped.
 * Errors:  SIDLE_EINTERNAL (memory); nothing has changed.
 */
sidle_status sidle_video_frames_expect(sidle_video_frames *frames, int64_t n);
/** Read the bytes of frames [first, first + n). Errors: SIDLE_EIO, SIDLE_EDATA:
 * they cannot be read or decompressed. */
sidle_status sidle_video_frames_read(sidle_video_frames *frames, int64_t first,
                                     int64_t n, unsigned char *out);
/**
 * Read ahead the slab of a frame, unless it is kept or frames lie in one piece.
 * Returns: whether it was read; one that cannot be read is left to
 * sidle_video_frames_read().
 */
int sidle_video_frames_fetch(sidle_video_frames *frames, int64_t frame);
/** Bytes of slabs in memory now. */
int64_t sidle_video_frames_kept(const sidle_video_frames *frames);
void sidle_video_frames_close(sidle_video_frames *frames);

#endif

/* frames.h - items of single frames of clips: images, or video step by step.
 *
 * Fields: "frames", byte / 127.5 - 1; "label", an integer, -1 if a frame has
 * none, declared if the clips have labels; "next", the frame `ahead` later in
 * the same clip, scaled likewise, zero if there is none. A row is one frame:
 * its length is 1, and scored is 1 if it has a target. A row without a frame
 * has length and scored 0. */
#ifndef SIDLE_DATA_FRAMES_H
#define SIDLE_DATA_FRAMES_H

#include "data/frames_config.h"
#include "data/source.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Training items: frames in one of the three orders.
 *
 * SHUFFLE: each row is a frame drawn uniformly. SEQUENTIAL: global row r of R
 * rows is frame ((t - 1) R + r) modulo the number of frames, in the order of
 * the file. STREAM: global row r follows clips r, r + R, ... cyclically, by
 * `stride` frames per item, each clip from its first frame; clip counts the
 * clips that the row has completed.
 *
 * Owns:    copies `frames`, borrows the clips; end with source->done().
 * Errors:  SIDLE_EDATA if no clip has a frame, or no frame a target;
 *          SIDLE_EINTERNAL (memory), SIDLE_EUSAGE (memory for the rows).
 */
sidle_status sidle_frames_source(const sidle_frames *frames,
                                 sidle_source *source);

/**
 * Evaluation items: every frame once, in the order of the clips, over the rows
 * of all replicas, at most the first `most` frames (0: all); n_items is the
 * number of items; clip is the index of the frame's clip. seed, order and
 * stride have no effect. The remaining rows of the last item have no frame.
 * If `is_by_clips`, global row r of R rows goes through clips r, r + R, ..
 * once, frame by frame; then it has no frame, and its clip is -1.
 *
 * Owns:    as above.
 * Errors:  as above.
 */
sidle_status sidle_every_frame_source(const sidle_frames *frames, int64_t most,
                                      sidle_source *source);

#ifdef __cplusplus
}
#endif

#endif

/* clips.h - clips of frames, wherever they lie: what a source of frames asks.
 *
 * Frames are numbered from 0, all clips one after the other. Numbers and labels
 * are in memory; frames are read when they are asked for. */
#ifndef SIDLE_DATA_CLIPS_H
#define SIDLE_DATA_CLIPS_H

#include "base/item.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_clips sidle_clips;
struct sidle_clips {
    int64_t n_clips;
    const int64_t *offsets; /* (n_clips + 1) first frame of each, and the end */
    sidle_shape shape;      /* of a frame: (Y, X, C) */
    const int32_t *labels;  /* (n_clips), -1: no label; or NULL */
    const int32_t *frame_labels; /* by the frame's number, -1: no label; they
                                    count instead of labels; or NULL */
    /** Bytes of frames [first, first + n), channels last. Ends the process
     * (base/status.h) where a frame cannot be read. */
    void (*read)(const sidle_clips *clips, int64_t first, int64_t n,
                 unsigned char *out);
    void (*done)(sidle_clips *clips); /* frees the memory behind */
    void *self;
};

/** Frames of all clips. */
int64_t sidle_clips_frames(const sidle_clips *clips);
/** The clip of a frame. */
int64_t sidle_clips_find(const sidle_clips *clips, int64_t frame);
int sidle_clips_have_labels(const sidle_clips *clips);
/** The label of a frame, -1: it has none. */
int32_t sidle_clips_label(const sidle_clips *clips, int64_t clip,
                          int64_t frame);

/**
 * Split off the held-out part: the last clips (rounded to whole ones, at least
 * one if fraction > 0). Outputs are views that borrow from `clips`.
 */
void sidle_clips_split(const sidle_clips *clips, double fraction,
                       sidle_clips *train, sidle_clips *valid);

#ifdef __cplusplus
}
#endif

#endif

/* clips.h - clips of frames in any storage, as a source of frames uses them.
 *
 * Frames are numbered from 0 over all clips in order. Offsets and labels are in
 * memory; frames are read when they are needed. */
#ifndef SIDLE_DATA_CLIPS_H
#define SIDLE_DATA_CLIPS_H

#include "base/item.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_clips sidle_clips;
struct sidle_clips {
    int64_t n_clips;
    int64_t first;               /* number of the first clip in its file */
    const int64_t *offsets;      /* (n_clips + 1) first frames, and the total */
    sidle_shape shape;           /* of a frame: (Y, X, C) */
    const int32_t *labels;       /* (n_clips), -1: no label; or NULL */
    const int32_t *frame_labels; /* of each frame, -1: no label; they
                                    replace `labels`; or NULL */
    int64_t classes;             /* that the file tells; 0: it does not */
    /** Read the bytes of frames [first, first + n), channels last. Ends the
     * process (base/status.h) if a frame cannot be read. */
    void (*read)(const sidle_clips *clips, int64_t first, int64_t n,
                 unsigned char *out);
    /** Read ahead what a frame needs; returns whether there was something to
     * read. NULL: frames are at hand. */
    int (*fetch)(const sidle_clips *clips, int64_t frame);
    /** Say that a source reads at `n` places at the same time; NULL: no use. */
    void (*expect)(const sidle_clips *clips, int64_t n);
    void (*done)(sidle_clips *clips); /* frees the memory */
    void *self;
};

/** Number of frames of all clips. */
int64_t sidle_clips_frames(const sidle_clips *clips);
/** The clip that contains a frame. */
int64_t sidle_clips_find(const sidle_clips *clips, int64_t frame);
int sidle_clips_have_labels(const sidle_clips *clips);
/** The label of a frame, or -1. */
int32_t sidle_clips_label(const sidle_clips *clips, int64_t clip,
                          int64_t frame);
/** Number of classes: as the file tells, else one more than the largest label;
 * 0: no labels. */
int64_t sidle_clips_classes(const sidle_clips *clips);

/**
 * Split off the held-out part: the last `fraction` of the clips, rounded, at
 * least one if fraction > 0. Outputs are views that borrow from `clips`.
 */
void sidle_clips_split(const sidle_clips *clips, double fraction,
                       sidle_clips *train, sidle_clips *valid);

#ifdef __cplusplus
}
#endif

#endif

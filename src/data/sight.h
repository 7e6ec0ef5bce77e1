/* sight.h - the frame of a row in an item, and its target; private to the room.
 */
#ifndef SIDLE_DATA_SIGHT_H
#define SIDLE_DATA_SIGHT_H

#include "base/rng.h"
#include "data/frames_config.h"
#include "data/walk.h"

typedef struct sidle_sights {
    sidle_frames config; /* stride resolved */
    sidle_rng rng;       /* SHUFFLE */
    sidle_walk walk;     /* STREAM */
    int64_t n_frames;    /* of all clips, or of the evaluation */
    int is_evaluation;   /* every frame once, in order */
    int64_t n_items;     /* of an evaluation */
} sidle_sights;

/* The frame of a row. */
typedef struct sidle_sight {
    int64_t clip, frame; /* frame -1: none */
    int64_t left;        /* clips that the row has completed; in an evaluation
                            the clip */
} sidle_sight;

/**
 * Prepare the frames of a training, in the order of the configuration, or those
 * of an evaluation of at most the first `most` frames (0: all).
 * Owns:    copies the configuration; the caller ends it with
 *          sidle_sights_done(), also after a failure.
 * Errors:  those of frames.h.
 */
sidle_status sidle_sights_train(sidle_sights *sights,
                                const sidle_frames *config);
sidle_status sidle_sights_evaluate(sidle_sights *sights,
                                   const sidle_frames *config, int64_t most);
void sidle_sights_done(sidle_sights *sights);

/** The frame of a row, by its index among the rows of all replicas. */
sidle_sight sidle_sight_of(const sidle_sights *sights, int64_t item,
                           ptrdiff_t row);
/** The frame to predict, or -1. */
int64_t sidle_sight_next(const sidle_sights *sights, const sidle_sight *sight);
/** The label, or -1. */
int32_t sidle_sight_label(const sidle_sights *sights, const sidle_sight *sight);
int sidle_sight_has_target(const sidle_sights *sights,
                           const sidle_sight *sight);
/** Whether any row of all replicas has a target. */
int sidle_sights_count(const sidle_sights *sights, int64_t item);
/** Whether sidle_sights_count() can be 0 for an item. */
int sidle_sights_have_gaps(const sidle_sights *sights);

#endif

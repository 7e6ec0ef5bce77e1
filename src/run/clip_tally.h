/* clip_tally.h - the class of whole clips: the mean of what a network says of
 * their frames. */
#ifndef SIDLE_RUN_CLIP_TALLY_H
#define SIDLE_RUN_CLIP_TALLY_H

#include "model/scores.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Clips and those that are recognised: the largest mean log-probability of
 * their frames is that of their label. A clip counts if at least one of its
 * frames has a target, and all of these have the same label. */
typedef struct sidle_clip_counts {
    int64_t n_clips, n_correct;
} sidle_clip_counts;

typedef struct sidle_clip_tally sidle_clip_tally;

/**
 * Begin to count, for items of `rows` rows of all replicas and `classes`
 * classes.
 * Owns:    the caller frees it with sidle_clip_tally_free().
 * Errors:  dies if there is no memory.
 */
sidle_clip_tally *sidle_clip_tally_new(ptrdiff_t rows, ptrdiff_t classes);
/** NULL is allowed. */
void sidle_clip_tally_free(sidle_clip_tally *tally);

/**
 * Add the scores of some rows of an item. Items come in order, all rows of one
 * before the next; a clip that an item does not contain has ended.
 */
void sidle_clip_tally_add(sidle_clip_tally *tally, int64_t item,
                          const sidle_scores *scores);
/** The counts of an evaluation that has ended; the next one begins at zero. */
sidle_clip_counts sidle_clip_tally_end(sidle_clip_tally *tally);
/** Recognised clips as a fraction; NAN: there are none. */
double sidle_clip_accuracy(const sidle_clip_counts *counts);

#ifdef __cplusplus
}
#endif

#endif

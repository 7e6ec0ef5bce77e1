/* walk.h - the position of each row of a stream in its clips: numbers only.
 *
 * Global row r visits the clips r, r + R, r + 2R, ... modulo their number,
 * where R is the number of rows of all replicas, and advances by one step per
 * item. Rows whose numbers are equal modulo the greatest common divisor of R
 * and the number of clips share one cycle of clips and begin at different
 * positions of it. Prefix sums of steps find any item without a loop over
 * earlier ones. */
#ifndef SIDLE_DATA_WALK_H
#define SIDLE_DATA_WALK_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_walk {
    int64_t n_clips, all_rows;
    int64_t n_cycles, cycle_size;
    int64_t *sums;  /* (n_cycles, cycle_size + 1) steps before each visit */
    int64_t *begin; /* (all_rows) the row's first visit in its cycle */
} sidle_walk;

/* The position of a row at an item. */
typedef struct sidle_stand {
    int64_t clip; /* -1: none of the row's clips has a step */
    int64_t step; /* in the clip, from 0 */
    int64_t left; /* clips that the row has completed */
} sidle_stand;

/** Number of steps of a clip, at least 0. */
typedef int64_t sidle_walk_steps(const void *context, int64_t clip);

/**
 * Prepare the walk of `all_rows` rows through `n_clips` clips; both > 0.
 * Calls:   local; `steps` once for each clip.
 * Owns:    the caller ends it with sidle_walk_done().
 * Errors:  SIDLE_EUSAGE (memory for the rows and clips).
 */
sidle_status sidle_walk_init(sidle_walk *walk, int64_t n_clips,
                             int64_t all_rows, sidle_walk_steps *steps,
                             const void *context);
void sidle_walk_done(sidle_walk *walk);

/** The position of global row `row` at item `item` (from 1). Calls: local. */
sidle_stand sidle_walk_at(const sidle_walk *walk, int64_t item, int64_t row);

/** Number of clips that each row has completed: out (all_rows). Calls: local.
 */
void sidle_walk_clips(const sidle_walk *walk, int64_t item, int64_t *out);

/** The i in 0 .. n-1 with sums[i] <= at < sums[i + 1]; sums (n + 1) from 0. */
int64_t sidle_walk_find(const int64_t *sums, int64_t n, int64_t at);

#ifdef __cplusplus
}
#endif

#endif

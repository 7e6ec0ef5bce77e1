/* scores.h - what a network says of the classes of an item's rows. */
#ifndef SIDLE_MODEL_SCORES_H
#define SIDLE_MODEL_SCORES_H

#include "model/block.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Consecutive in memory, so that they travel as one message. */
typedef struct sidle_scores {
    ptrdiff_t rows, classes;
    int64_t *clip;     /* (B) as the source numbers them, -1: an empty row */
    int32_t *label;    /* (B) -1: the row has no target */
    sidle_real *log_p; /* (B, K) log-probabilities; 0 without a target */
} sidle_scores;

/** Bytes of the arrays for B rows of K classes. */
size_t sidle_scores_bytes(ptrdiff_t rows, ptrdiff_t classes);
/** The arrays in this memory, aligned as int64_t. Owns: the caller. */
sidle_scores sidle_scores_at(void *memory, ptrdiff_t rows, ptrdiff_t classes);
/**
 * Fill the arrays after a forward of the last block, whose loss has classes and
 * reads the field "label".
 */
void sidle_scores_fill(const sidle_block *block, int slot,
                       sidle_scores *scores);

#ifdef __cplusplus
}
#endif

#endif

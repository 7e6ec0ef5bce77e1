/* crop.h - one row of a batch: a stretch of a document; private to the room.
 *
 * Sequences of visits (windows of documents, documents of a clip) are counted
 * by prefix sums, so that any item is found without walking to it. */
#ifndef SIDLE_DATA_CROP_H
#define SIDLE_DATA_CROP_H

#include "data/corpus.h"

typedef struct sidle_crop {
    int64_t document, from, n; /* tokens [from, from + n); n 0: no row */
    int64_t scored;            /* last latents that count */
} sidle_crop;

static inline int64_t sidle_smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/** Tokens [end - (context + 1), end), not before `first`. */
sidle_crop sidle_crop_before(int64_t document, int64_t first, int64_t end,
                             ptrdiff_t context, int64_t scored);

/** Write a row, padded with 0, and count its targets within `latents`. A row
 * below 0, or from out->rows on, is another replica's: it is only counted. */
void sidle_crop_put(const sidle_corpus *corpus, const sidle_crop *crop,
                    ptrdiff_t latents, sidle_batch *out, ptrdiff_t row);

/** Windows of `stride` targets that cover a document of so many tokens. */
int64_t sidle_crop_windows(int64_t length, int64_t stride);

/** The i in 0 .. n-1 with sums[i] <= at < sums[i + 1]; sums (n + 1) from 0. */
int64_t sidle_crop_find(const int64_t *sums, int64_t n, int64_t at);

/** SIDLE_EDATA unless some document has a target (and a text a byte). */
sidle_status sidle_crop_check(const sidle_corpus *corpus);

#endif

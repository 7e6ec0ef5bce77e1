/* crop.h - one row of tokens: a part of a document; private to the room. */
#ifndef SIDLE_DATA_CROP_H
#define SIDLE_DATA_CROP_H

#include "data/corpus.h"
#include "data/rows.h"

typedef struct sidle_crop {
    int64_t document, from, n; /* tokens [from, from + n); n 0: no row */
    int64_t scored;            /* number of targets, the last of the crop */
} sidle_crop;

/** The crop of tokens [end - (context + 1), end), but not before `first`. */
sidle_crop sidle_crop_before(int64_t document, int64_t first, int64_t end,
                             ptrdiff_t context, int64_t scored);

/** The only field of a source of tokens: context + 1 tokens per row. */
sidle_field sidle_crop_field(ptrdiff_t context);

/** Describe a row, with at most `latents` targets, and write its tokens, padded
 * with 0, unless `row` is -1 (rows.h). */
sidle_row sidle_crop_put(const sidle_corpus *corpus, const sidle_crop *crop,
                         ptrdiff_t context, ptrdiff_t latents, sidle_batch *out,
                         ptrdiff_t row);

/** Number of windows of `stride` targets that cover a document of `length`
 * tokens. */
int64_t sidle_crop_windows(int64_t length, int64_t stride);

/** Errors: SIDLE_EDATA if no document has a target, or a text is empty. */
sidle_status sidle_crop_check(const sidle_corpus *corpus);

#endif

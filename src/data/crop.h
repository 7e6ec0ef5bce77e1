/* crop.h - one row of tokens: a part of a document; private to the room. */
#ifndef SIDLE_DATA_CROP_H
#define SIDLE_DATA_CROP_H

#include "data/corpus.h"
#include "data/rows.h"

typedef struct sidle_crop {
    int64_t document, from, n; /* tokens [from, from + n); n 0: no row */
    int64_t scored;            /* last latents that count */
} sidle_crop;

/** Tokens [end - (context + 1), end), not before `first`. */
sidle_crop sidle_crop_before(int64_t document, int64_t first, int64_t end,
                             ptrdiff_t context, int64_t scored);

/** The only field of a source of tokens: context + 1 a row. */
sidle_field sidle_crop_field(ptrdiff_t context);

/** Describe a row, its targets counted within `latents`, and write its tokens,
 * padded with 0, unless `row` is -1 (rows.h). */
sidle_row sidle_crop_put(const sidle_corpus *corpus, const sidle_crop *crop,
                         ptrdiff_t context, ptrdiff_t latents, sidle_batch *out,
                         ptrdiff_t row);

/** Windows of `stride` targets that cover a document of so many tokens. */
int64_t sidle_crop_windows(int64_t length, int64_t stride);

/** SIDLE_EDATA unless some document has a target (and a text a byte). */
sidle_status sidle_crop_check(const sidle_corpus *corpus);

#endif

/* crops.h - training items: crops of documents in one of three orders. */
#ifndef SIDLE_DATA_CROPS_H
#define SIDLE_DATA_CROPS_H

#include "data/corpus.h"
#include "data/rows.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_crops {
    const sidle_corpus *corpus; /* borrowed */
    uint64_t seed;
    ptrdiff_t context, latents; /* M, N */
    sidle_rows rows;
    sidle_order order;
    int64_t stride; /* tokens by which an item advances; 0: latents */
} sidle_crops;

/**
 * Training items: crops of context + 1 tokens in one of the three orders.
 *
 * A crop ends after a target and begins as early as the context and the
 * document allow. SHUFFLE: document and end are drawn uniformly, with at least
 * `latents` targets in a crop if the document has them. SEQUENTIAL: windows of
 * a text that are `latents` targets apart, or the last crop of each document.
 * STREAM: of R rows in all, global row r follows documents r, r + R, ...
 * cyclically, or piece r of R equal pieces of a text, by `stride` targets per
 * item; clip counts these visits.
 *
 * Owns:    copies `crops`, borrows the corpus; end with source->done().
 * Errors:  SIDLE_EDATA if no document has a target or a text is empty;
 *          SIDLE_EINTERNAL (memory), SIDLE_EUSAGE (memory for the rows).
 * Source:  google-research/perceiver-ar, random crops of the training data.
 */
sidle_status sidle_crops_source(const sidle_crops *crops, sidle_source *source);

#ifdef __cplusplus
}
#endif

#endif

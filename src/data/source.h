/* source.h - the contract of a data source: a pure function of the item.
 *
 * batch() depends on the item's number and on what the source was made with,
 * never on earlier calls: a resume needs only the number, and the first and
 * the last block each ask for the same item by themselves.
 *
 * Where R chains train together each has its own B rows of an item, those of
 * replica 0 first. A source is made for the rows of one replica, and tells of
 * the others what all must agree on without asking each other: how many targets
 * count, and where clips begin. */
#ifndef SIDLE_DATA_SOURCE_H
#define SIDLE_DATA_SOURCE_H

#include "base/real.h"
#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One item. The caller owns the arrays; those it does not want are NULL. */
typedef struct sidle_batch {
    ptrdiff_t rows;      /* B */
    ptrdiff_t width;     /* M + 1 */
    int32_t *tokens;     /* (B, width), right padded with 0 */
    sidle_real *values;  /* (B, n_values) real input */
    sidle_real *targets; /* (B, n_targets) real labels */
    int32_t *length;     /* (B) valid inputs: valid tokens - 1, at least 0 */
    int32_t *scored;     /* (B) last latents that count; N while training */
    int64_t *clip;       /* (B) 0 unless the order is a stream */
    int64_t n_counted;   /* out: targets that count in these rows */
    int64_t n_all;       /* out: and in the rows of all replicas */
} sidle_batch;

typedef struct sidle_source sidle_source;
struct sidle_source {
    /** Fill the batch of item `item` (from 1). Never fails. */
    void (*batch)(const sidle_source *source, int64_t item, sidle_batch *out);
    /** Clips of the rows of all replicas, without the tokens; NULL: all zero,
     * always. */
    void (*clips)(const sidle_source *source, int64_t item, int64_t *clip);
    /** Whether any row of all replicas has a target; NULL: always. */
    int (*counts)(const sidle_source *source, int64_t item);
    void (*done)(sidle_source *source); /* frees self; may be NULL */
    int64_t n_items; /* of an evaluation; INT64_MAX for training */
    void *self;
};

#ifdef __cplusplus
}
#endif

#endif

/* attention.h - attention of one head in tiles with a running softmax.
 *
 * Every mask of Perceiver AR is, per query, one range of keys [first, last)
 * and, for cross-attend dropout, a set of keys that is dropped for all queries.
 * So one kernel serves cross- and self-attention, and tiles without an allowed
 * key are skipped. There is no buffer of size queries x keys: scores are kept
 * for one tile only, and the backward recomputes them. It receives the largest
 * score and the sum of a query separately: if scores are large, the logarithm
 * of both together would have no digits left for the sum. A query without an
 * allowed key gives zero and has no gradient.
 *
 * Source: Dao et al., arXiv:2205.14135 (tiling, recomputation); Perceiver AR,
 * arXiv:2202.07765. */
#ifndef SIDLE_MATH_ATTENTION_H
#define SIDLE_MATH_ATTENTION_H

#include "base/real.h"

#include <stdint.h>

typedef struct sidle_attention {
    ptrdiff_t n_queries, n_keys;
    ptrdiff_t width;             /* D: channels of this head, keys and values */
    ptrdiff_t query_stride;      /* rows of q, y, dq, dy are this far apart */
    ptrdiff_t key_stride;        /* rows of k, v, dk, dv are this far apart */
    sidle_real scale;            /* 1 / sqrt(D) */
    const int32_t *first, *last; /* (n_queries): keys first <= j < last */
    const uint8_t *keep;         /* (n_keys) 0 drops the key; NULL keeps all */
} sidle_attention;

/** Elements of scratch that the three functions below need. Units: reals. */
size_t sidle_attention_scratch(ptrdiff_t n_queries, ptrdiff_t n_keys,
                               ptrdiff_t width);

/**
 * y = softmax(scale q k^T) v by query.
 * Shapes:  softmax (2, n_queries): the largest score, -inf without a key, then
 *          the sum of exp(score - largest).
 */
void sidle_attention_forward(const sidle_attention *a, const sidle_real *q,
                             const sidle_real *k, const sidle_real *v,
                             sidle_real *y, sidle_real *softmax,
                             sidle_real *scratch);

/** dq, dk, dv are written (not added to) for all queries and keys. */
void sidle_attention_backward(const sidle_attention *a, const sidle_real *q,
                              const sidle_real *k, const sidle_real *v,
                              const sidle_real *y, const sidle_real *softmax,
                              const sidle_real *dy, sidle_real *dq,
                              sidle_real *dk, sidle_real *dv,
                              sidle_real *scratch);

#endif

/* heads.h - multi-head attention of a batch, without layer norm and residual:
 * the same for cross- and self-attention.
 *
 * Queries are computed from one normalised input (rows * N, d), keys and values
 * from another (rows * M, C); in self-attention both are the same. Keys and
 * values are adjacent in one buffer (rows * M, 2 D_a), so that one product
 * computes both. The cache contains rotated queries and keys; the backward
 * applies the inverse rotation to the gradients. */
#ifndef SIDLE_LAYER_HEADS_H
#define SIDLE_LAYER_HEADS_H

#include "base/carve.h"
#include "layer/affine.h"
#include "math/rotary.h"

typedef struct sidle_heads {
    ptrdiff_t width; /* D_a, of all heads together */
    ptrdiff_t n_heads;
    sidle_affine q, kv, o;
    sidle_rotary *rotary; /* NULL: the inputs contain the positions */
    ptrdiff_t longest;    /* position in the table of angles */
} sidle_heads;

/* The attention mask. sidle_span_carve() carves it, the layer fills it. */
typedef struct sidle_span {
    ptrdiff_t rows, n_queries, n_keys;
    int32_t *first, *last; /* (rows, n_queries) keys first <= j < last */
    uint8_t *keep;         /* (rows, n_keys) 0: dropped; NULL: no key is */
    int64_t *query_at;     /* (rows, n_queries) positions */
    int64_t *key_at;       /* (rows, n_keys) */
} sidle_span;

typedef struct sidle_heads_kept {
    sidle_real *q;       /* (rows, N, D_a) rotated */
    sidle_real *kv;      /* (rows, M, 2 D_a) keys rotated, then values */
    sidle_real *y;       /* (rows, N, D_a) */
    sidle_real *softmax; /* (rows, H, 2, N) largest score and sum */
} sidle_heads_kept;

typedef struct sidle_heads_grads {
    sidle_real *q, *kv; /* as above, before the rotation */
} sidle_heads_grads;

/* Arguments of forward, input_grad and weight_grad. */
typedef struct sidle_heads_call {
    sidle_span span;
    sidle_heads_kept kept;
    sidle_heads_grads grads;
    sidle_real *scratch; /* sidle_heads_scratch() */
} sidle_heads_call;

/** Adds q, k, v, o below `path`; the inputs of queries have width `width`,
 * those of keys `key_width`, which is D_a. Sets all members except rotary. */
void sidle_heads_add(sidle_heads *heads, sidle_layer *layer, const char *path,
                     ptrdiff_t width, ptrdiff_t key_width, ptrdiff_t n_heads);
/**
 * Switch rotary positions on; the longest wave has `longest` positions.
 * Owns:    sidle_heads_done() frees it.
 */
sidle_status sidle_heads_rotate(sidle_heads *heads, double fraction,
                                ptrdiff_t longest);
/**
 * Make the table of angles up to the longest position, if there is none.
 * Errors:  SIDLE_EINTERNAL if memory cannot be allocated.
 */
sidle_status sidle_heads_ready(sidle_heads *heads);
/** Bytes of that table. */
size_t sidle_heads_tables(const sidle_heads *heads);
void sidle_heads_done(sidle_heads *heads);

sidle_span sidle_span_carve(sidle_carve *carve, ptrdiff_t rows,
                            ptrdiff_t n_queries, ptrdiff_t n_keys);
sidle_heads_kept sidle_heads_carve_kept(const sidle_heads *heads,
                                        sidle_carve *carve,
                                        const sidle_span *span);
sidle_heads_grads sidle_heads_carve_grads(const sidle_heads *heads,
                                          sidle_carve *carve,
                                          const sidle_span *span);
size_t sidle_heads_scratch(const sidle_heads *heads, const sidle_span *span);

/** y (rows * N, d) = o(attend(q(xq), k(xk), v(xk))). */
void sidle_heads_forward(const sidle_heads *heads, const sidle_heads_call *call,
                         const sidle_real *w, const sidle_real *xq,
                         const sidle_real *xk, sidle_real *y);
/** Writes dxq and dxk; if they are the same array, their sum. */
void sidle_heads_input_grad(const sidle_heads *heads,
                            const sidle_heads_call *call, const sidle_real *w,
                            const sidle_real *dy, sidle_real *dxq,
                            sidle_real *dxk);
void sidle_heads_weight_grad(const sidle_heads *heads,
                             const sidle_heads_call *call, const sidle_real *xq,
                             const sidle_real *xk, const sidle_real *dy,
                             sidle_real *dw);

/* The parts of the forward, for the steps of a sampler. */
void sidle_heads_queries(const sidle_heads *heads, ptrdiff_t n,
                         const sidle_real *w, const int64_t *at,
                         const sidle_real *x, sidle_real *q);
void sidle_heads_keys(const sidle_heads *heads, ptrdiff_t n,
                      const sidle_real *w, const int64_t *at,
                      const sidle_real *x, sidle_real *kv);
void sidle_heads_attend(const sidle_heads *heads, const sidle_heads_call *call);

#endif

/* heads.h - multi-head attention of a batch, between two normalisations and the
 * residual: the same for cross- and self-attention.
 *
 * Queries come from one normalised input (rows * N, d), keys and values from
 * another (rows * M, C); in self-attention both are the same. Keys and values
 * stand side by side in one buffer (rows * M, 2 D_a), so that one product
 * makes both. Kept are rotated queries and keys: the backward turns the
 * gradients back. */
#ifndef SIDLE_LAYER_HEADS_H
#define SIDLE_LAYER_HEADS_H

#include "base/carve.h"
#include "layer/affine.h"
#include "math/rotary.h"

typedef struct sidle_heads {
    ptrdiff_t width; /* D_a, of all heads together */
    ptrdiff_t n_heads;
    sidle_affine q, kv, o;
    sidle_rotary *rotary; /* NULL: positions are in the inputs */
    ptrdiff_t longest;    /* position that is tabulated */
} sidle_heads;

/* Who sees whom. Cut by sidle_span_carve(), filled by the layer. */
typedef struct sidle_span {
    ptrdiff_t rows, n_queries, n_keys;
    int32_t *first, *last; /* (rows, n_queries) keys first <= j < last */
    uint8_t *keep;         /* (rows, n_keys) 0: dropped; NULL: all are kept */
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

/* What the three functions work on. */
typedef struct sidle_heads_call {
    sidle_span span;
    sidle_heads_kept kept;
    sidle_heads_grads grads;
    sidle_real *scratch; /* sidle_heads_scratch() */
} sidle_heads_call;

/** Adds q, k, v, o below `path`; queries of `width` wide inputs, keys of
 * `key_width` wide ones, which is D_a. Sets all but the rotary. */
void sidle_heads_add(sidle_heads *heads, sidle_layer *layer, const char *path,
                     ptrdiff_t width, ptrdiff_t key_width, ptrdiff_t n_heads);
/**
 * Switch rotation on, whose longest wave is of `longest` positions.
 * Owns:    sidle_heads_done() frees it.
 */
sidle_status sidle_heads_rotate(sidle_heads *heads, double fraction,
                                ptrdiff_t longest);
/**
 * Tabulate the angles of positions up to the longest, if that is not done.
 * Errors:  SIDLE_EINTERNAL if memory cannot be had.
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
/** dxq and dxk are written; where they are the same, their sum. */
void sidle_heads_input_grad(const sidle_heads *heads,
                            const sidle_heads_call *call, const sidle_real *w,
                            const sidle_real *dy, sidle_real *dxq,
                            sidle_real *dxk);
void sidle_heads_weight_grad(const sidle_heads *heads,
                             const sidle_heads_call *call, const sidle_real *xq,
                             const sidle_real *xk, const sidle_real *dy,
                             sidle_real *dw);

/* The parts of the forward, for steps. */
void sidle_heads_queries(const sidle_heads *heads, ptrdiff_t n,
                         const sidle_real *w, const int64_t *at,
                         const sidle_real *x, sidle_real *q);
void sidle_heads_keys(const sidle_heads *heads, ptrdiff_t n,
                      const sidle_real *w, const int64_t *at,
                      const sidle_real *x, sidle_real *kv);
void sidle_heads_attend(const sidle_heads *heads, const sidle_heads_call *call);

#endif

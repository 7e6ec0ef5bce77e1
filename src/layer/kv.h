/* kv.h - keys and values of a sequence that grows, and attention over them.
 *
 * The state of a layer in a sampler: rotated keys and values, oldest first, in
 * one piece. Dropping moves the start only; there is a quarter more room than
 * the capacity, so that the rest is moved to the front once in many drops. */
#ifndef SIDLE_LAYER_KV_H
#define SIDLE_LAYER_KV_H

#include "layer/heads.h"

/** Reals of a state for up to `capacity` elements. */
size_t sidle_kv_size(const sidle_heads *heads, ptrdiff_t capacity);
void sidle_kv_clear(sidle_real *state, ptrdiff_t capacity);
/** Drop the oldest n; more than there are is a bug. */
void sidle_kv_drop(sidle_real *state, ptrdiff_t n);

/** Scratch of the function below. Units: reals. */
size_t sidle_kv_scratch(const sidle_heads *heads, ptrdiff_t capacity,
                        ptrdiff_t n_new, ptrdiff_t n_out);
/**
 * Append n_new keys, made of xk (n_new, C), then let the last n_out elements,
 * whose normalised inputs are xq (n_out, d), look at all up to themselves.
 * `position` is that of the first of the n_out. Appending beyond the capacity
 * is a bug.
 * Shapes:  y (n_out, d)
 */
void sidle_kv_attend(const sidle_heads *heads, const sidle_real *w,
                     sidle_real *state, const sidle_step *step, ptrdiff_t n_new,
                     const sidle_real *xk, const sidle_real *xq, sidle_real *y,
                     sidle_real *scratch);

#endif

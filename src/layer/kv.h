/* kv.h - KV cache: keys and values of a growing sequence, and attention.
 *
 * The state of a layer in a sampler: rotated keys and values, oldest first, in
 * one array. A drop only advances the start of the sequence. The array is a
 * quarter larger than the capacity, so that elements are moved to its beginning
 * once in many drops. */
#ifndef SIDLE_LAYER_KV_H
#define SIDLE_LAYER_KV_H

#include "layer/heads.h"

/** Reals of a state for up to `capacity` elements. */
size_t sidle_kv_size(const sidle_heads *heads, ptrdiff_t capacity);
void sidle_kv_clear(sidle_real *state, ptrdiff_t capacity);
/** Drop the oldest n elements; to drop more than the state has is a bug. */
void sidle_kv_drop(sidle_real *state, ptrdiff_t n);

/** Scratch of the function below. Units: reals. */
size_t sidle_kv_scratch(const sidle_heads *heads, ptrdiff_t capacity,
                        ptrdiff_t n_new, ptrdiff_t n_out);
/**
 * Append n_new keys and values, computed from xk (n_new, C); then each of the
 * last n_out elements, with normalised inputs xq (n_out, d), attends to all
 * elements up to itself. step->position is the position of the first of the
 * n_out elements. To append more than the capacity is a bug.
 * Shapes:  y (n_out, d)
 */
void sidle_kv_attend(const sidle_heads *heads, const sidle_real *w,
                     sidle_real *state, const sidle_step *step, ptrdiff_t n_new,
                     const sidle_real *xk, const sidle_real *xq, sidle_real *y,
                     sidle_real *scratch);

#endif

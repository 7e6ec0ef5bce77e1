/* activation.h - activation functions, and dropout; each with its derivative.
 */
#ifndef SIDLE_MATH_ACTIVATION_H
#define SIDLE_MATH_ACTIVATION_H

#include "base/real.h"
#include "base/rng.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_activation {
    SIDLE_SQ_RELU, /* max(0, x)^2 */
    SIDLE_GELU,    /* tanh form */
    SIDLE_RELU,
    SIDLE_TANH
} sidle_activation;

/** y = f(x); x and y apart or the same. */
void sidle_activate(sidle_activation kind, ptrdiff_t n, const sidle_real *x,
                    sidle_real *y);
/** dx = dy f'(x), x the input of the forward; dy and dx may be the same. */
void sidle_activate_grad(sidle_activation kind, ptrdiff_t n,
                         const sidle_real *x, const sidle_real *dy,
                         sidle_real *dx);

/**
 * y = x, each element kept with probability 1 - p and scaled by 1 / (1 - p).
 *
 * The draw of element i is a function of (rng, first + i) alone: the backward
 * of dropout is this same call on the gradient. p = 0 copies.
 * Shapes:  x, y (n); may be the same. `first` is a multiple of 4.
 */
void sidle_dropout(sidle_rng rng, uint64_t first, double p, ptrdiff_t n,
                   const sidle_real *x, sidle_real *y);
/** keep[i] = 1 with probability 1 - p, else 0; draws as above. */
void sidle_dropout_keys(sidle_rng rng, uint64_t first, double p, ptrdiff_t n,
                        uint8_t *keep);

#ifdef __cplusplus
}
#endif

#endif

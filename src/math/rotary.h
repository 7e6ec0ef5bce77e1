/* rotary.h - rotate channel pairs of each head by the angle of a position.
 *
 * The leading r = 2 floor(D fraction / 2) channels of a head are rotated in
 * interleaved pairs (2i, 2i+1) by t = position * w^(-i / (r/2 - 1)), w the
 * longest wavelength; one band alone has frequency 1. Frequencies include the
 * end point, unlike the original (Su et al., arXiv:2104.09864). */
#ifndef SIDLE_MATH_ROTARY_H
#define SIDLE_MATH_ROTARY_H

#include "base/real.h"
#include "base/status.h"

#include <stdint.h>

typedef struct sidle_rotary {
    ptrdiff_t n_bands;   /* r / 2 */
    ptrdiff_t n_cached;  /* positions 0 .. n_cached-1 are tabulated */
    double *frequency;   /* (n_bands) */
    sidle_real *cos_sin; /* (n_cached, n_bands, 2) */
} sidle_rotary;

/** Owns: the caller ends it with sidle_rotary_done(). */
sidle_status sidle_rotary_init(sidle_rotary *rotary, ptrdiff_t head_width,
                               double fraction, double longest,
                               ptrdiff_t n_cached);
/** Recompute the table for positions below `n_cached`; other angles are
 * computed when they are needed, to the same numbers. Errors:
 * SIDLE_EINTERNAL: no memory. */
sidle_status sidle_rotary_tabulate(sidle_rotary *rotary, ptrdiff_t n_cached);
void sidle_rotary_done(sidle_rotary *rotary);

/**
 * Rotate x in place; `direction` +1, or -1 for the backward (the inverse).
 * Shapes:  x (n, H, D) with rows `stride` apart; position (n), any value >= 0.
 */
void sidle_rotary_apply(const sidle_rotary *rotary, int direction, ptrdiff_t n,
                        ptrdiff_t heads, ptrdiff_t head_width, ptrdiff_t stride,
                        const int64_t *position, sidle_real *x);

#endif

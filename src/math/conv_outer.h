/* conv_outer.h - sums of outer products of patches and gradients, in registers.
 */
#ifndef SIDLE_MATH_CONV_OUTER_H
#define SIDLE_MATH_CONV_OUTER_H

#include "math/lanes.h"

/* Numbers of a patch whose sums are in registers at once: a kernel of 3 x 3
 * has nine taps. */
#if defined(__AVX512F__)
#define SIDLE_OUTER_NUMBERS 9
#else
#define SIDLE_OUTER_NUMBERS 5
#endif

/* Places that pass, and the steps, in reals, from an image, a row and a place
 * to the next one. In dy a place follows the other. */
typedef struct sidle_stripe {
    ptrdiff_t images, rows, places;
    ptrdiff_t in_image, in_row, in_step, out_step;
} sidle_stripe;

/**
 * sums[t][k] += the sum over the stripe's places of x[place + at[t]] dy[k].
 *
 * Calls:   local.
 * Shapes:  width: one or two vectors, of k; at (SIDLE_OUTER_NUMBERS): where the
 *          numbers are, from the first one of a patch; sums (the same, width).
 */
void sidle_outer_add(const sidle_stripe *stripe, ptrdiff_t width,
                     const ptrdiff_t *at, const sidle_real *x,
                     const sidle_real *dy, sidle_real *sums);

#endif

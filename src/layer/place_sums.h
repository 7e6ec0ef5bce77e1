/* place_sums.h - sums over the places of a row (places, C), for each channel.
 *
 * They run along the channels of a few places, so that they are vectors, and go
 * on in double. */
#ifndef SIDLE_LAYER_PLACE_SUMS_H
#define SIDLE_LAYER_PLACE_SUMS_H

#include "base/real.h"

/** sums (C) of x (places, C); `work` (C). */
void sidle_sum_places(ptrdiff_t places, ptrdiff_t channels, const sidle_real *x,
                      sidle_real *work, double *sums);
/** sums (C) of (x - shift)^2; shift, work (C). */
void sidle_sum_squares_of_places(ptrdiff_t places, ptrdiff_t channels,
                                 const sidle_real *x, const sidle_real *shift,
                                 sidle_real *work, double *sums);

/* All (C). */
typedef struct sidle_place_sums {
    sidle_real *work, *work2;
    double *dy, *dyx; /* out */
} sidle_place_sums;

/** out->dy of dy (places, C), out->dyx of dy (x - shift). */
void sidle_sum_gradients_of_places(ptrdiff_t places, ptrdiff_t channels,
                                   const sidle_real *x, const sidle_real *shift,
                                   const sidle_real *dy,
                                   const sidle_place_sums *out);

#endif

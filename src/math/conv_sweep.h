/* conv_sweep.h - one pass of a filter over images, with the sums of a few
 * places in registers.
 *
 * A general matrix product would need the patches of the places side by side,
 * in memory, and packs both factors at every call; here the image is read where
 * it lies and a filter is packed once for all images. */
#ifndef SIDLE_MATH_CONV_SWEEP_H
#define SIDLE_MATH_CONV_SWEEP_H

#include "base/real.h"

/* The weight from input channel i to output channel o at tap (y, x) is
 * at[y step[0] + x step[1] + i step_in + o step_out]. */
typedef struct sidle_filter {
    const sidle_real *at;
    ptrdiff_t taps[2], ins, outs;
    ptrdiff_t step[2], step_in, step_out;
} sidle_filter;

/* The places of the output of some images; how far, in reals, one is from the
 * next along images, y and x, and their patches too. A row of an image has
 * `in_row` reals. */
typedef struct sidle_sweep {
    ptrdiff_t images, places[2];
    ptrdiff_t in_image, in_row, in_step[2];
    ptrdiff_t out_image, out_step[2];
} sidle_sweep;

/** Reals of a packed filter, at most. */
size_t sidle_filter_size(ptrdiff_t outs, ptrdiff_t ins, ptrdiff_t taps);
/** Shapes: bias (outs) or NULL; packed (sidle_filter_size()). */
void sidle_filter_pack(const sidle_filter *filter, const sidle_real *bias,
                       sidle_real *packed);

/**
 * Write an output place's channels, for all places: bias + the sum over the
 * filter's taps, in order.
 *
 * Calls:   local.
 * Shapes:  x: the images from the first place's patch on, zeros around them
 *          included; y: from the first place on.
 */
void sidle_sweep_run(const sidle_sweep *sweep, const sidle_filter *filter,
                     const sidle_real *packed, const sidle_real *x,
                     sidle_real *y);

#endif

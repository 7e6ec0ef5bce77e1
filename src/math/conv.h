/* conv.h - two-dimensional convolution of images, channels last.
 *
 * Tap by tap, with sums of a few places in registers: no patch is unfolded, so
 * scratch and traffic are small, and few channels are no worse than many. On
 * processors with AVX-512 this measured faster than matrix products over
 * unfolded patches for every number of channels. */
#ifndef SIDLE_MATH_CONV_H
#define SIDLE_MATH_CONV_H

#include "math/conv_frame.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Reals of scratch that each function below and sidle_conv_weight_grad()
 * needs; of many images not more than of some. */
size_t sidle_conv_scratch(const sidle_conv *conv, ptrdiff_t images);

/**
 * y = w * x + bias, the cross-correlation.
 *
 * Calls:   local.
 * Shapes:  x (images, Y, X, C); w (K, ky, kx, C); bias (K) or NULL;
 *          y (images, Y', X', K); scratch as told.
 */
void sidle_conv_forward(const sidle_conv *conv, ptrdiff_t images,
                        const sidle_real *x, const sidle_real *w,
                        const sidle_real *bias, sidle_real *y,
                        sidle_real *scratch);
/** dx = the adjoint of the above without its bias, applied to dy. */
void sidle_conv_adjoint(const sidle_conv *conv, ptrdiff_t images,
                        const sidle_real *dy, const sidle_real *w,
                        sidle_real *dx, sidle_real *scratch);

#ifdef __cplusplus
}
#endif

#endif

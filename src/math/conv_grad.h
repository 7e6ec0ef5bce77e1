/* conv_grad.h - the gradient of a convolution's weights, as sums of outer
 * products in registers. */
#ifndef SIDLE_MATH_CONV_GRAD_H
#define SIDLE_MATH_CONV_GRAD_H

#include "math/conv_frame.h"

/** Reals of scratch of sidle_conv_weight_grad(). */
size_t sidle_conv_grad_scratch(const sidle_conv *conv, ptrdiff_t images);

/**
 * dw += the gradient of w; db (K) += that of bias, NULL to skip.
 *
 * Calls:   local.
 * Shapes:  x (images, Y, X, C); dy (images, Y', X', K); dw (K, ky, kx, C);
 *          scratch: sidle_conv_scratch() is enough.
 */
void sidle_conv_weight_grad(const sidle_conv *conv, ptrdiff_t images,
                            const sidle_real *x, const sidle_real *dy,
                            sidle_real *dw, sidle_real *db,
                            sidle_real *scratch);

#endif

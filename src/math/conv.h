/* conv.h - two-dimensional convolution of images, channels last.
 *
 * Each product runs over panels of unfolded patches (im2col): a panel stays in
 * the second-level cache, so the unfolded image is never written to memory.
 * Source: Chellapilla, Puri, Simard, "High performance convolutional neural
 * networks for document processing", 2006. */
#ifndef SIDLE_MATH_CONV_H
#define SIDLE_MATH_CONV_H

#include "base/real.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Pairs are (y, x). Output place o and tap k of the kernel meet at the input
 * place o stride - padding + k; outside of the image the input is zero. */
typedef struct sidle_conv {
    ptrdiff_t in_places[2], in_channels;
    ptrdiff_t out_places[2], out_channels;
    ptrdiff_t kernel[2], stride[2], padding[2];
} sidle_conv;

/** Reals of scratch that each of the functions below needs for B images. */
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
/** dw += the gradient of w; db (K) += that of bias, NULL to skip. */
void sidle_conv_weight_grad(const sidle_conv *conv, ptrdiff_t images,
                            const sidle_real *x, const sidle_real *dy,
                            sidle_real *dw, sidle_real *db,
                            sidle_real *scratch);

#ifdef __cplusplus
}
#endif

#endif

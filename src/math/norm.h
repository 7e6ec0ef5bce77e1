/* norm.h - layer normalisation over the last dimension.
 *
 * Source: Ba, Kiros, Hinton, arXiv:1607.06450. Two-pass variance, eps inside
 * the root; statistics per row are kept for the backward. */
#ifndef SIDLE_MATH_NORM_H
#define SIDLE_MATH_NORM_H

#include "base/real.h"

#define SIDLE_NORM_EPS 1e-5

/** y = (x - mean) * rstd * scale + offset; `eps` is added to the variance.
 * Shapes: x, y (rows, d); mean, rstd (rows). */
void sidle_layernorm(ptrdiff_t rows, ptrdiff_t d, double eps,
                     const sidle_real *x, const sidle_real *scale,
                     const sidle_real *offset, sidle_real *y, sidle_real *mean,
                     sidle_real *rstd);
/** dx = beta dx + the gradient of x; dy and dx may not be the same. */
void sidle_layernorm_input_grad(ptrdiff_t rows, ptrdiff_t d,
                                const sidle_real *x, const sidle_real *scale,
                                const sidle_real *mean, const sidle_real *rstd,
                                const sidle_real *dy, sidle_real beta,
                                sidle_real *dx);
/** dscale, doffset (d) += the gradients, row sums carried in double. */
void sidle_layernorm_weight_grad(ptrdiff_t rows, ptrdiff_t d,
                                 const sidle_real *x, const sidle_real *mean,
                                 const sidle_real *rstd, const sidle_real *dy,
                                 sidle_real *dscale, sidle_real *doffset);

#endif

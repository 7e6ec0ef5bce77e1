/* affine.h - linear maps and layer norms with the offsets of their parameters
 * in a layer's weights. */
#ifndef SIDLE_LAYER_AFFINE_H
#define SIDLE_LAYER_AFFINE_H

#include "layer/layer.h"

/* y = x W^T + b */
typedef struct sidle_affine {
    ptrdiff_t in, out;
    ptrdiff_t weight, bias; /* offsets into the layer's weights; a
                               negative bias: none */
} sidle_affine;

/** Adds path/weight (out, in) and path/bias (out). */
sidle_affine sidle_affine_add(sidle_layer *layer, const char *path,
                              ptrdiff_t out, ptrdiff_t in, int is_matrix);
void sidle_affine_forward(const sidle_affine *map, ptrdiff_t rows,
                          const sidle_real *w, const sidle_real *x,
                          sidle_real *y);
/** dx = beta dx + dy W */
void sidle_affine_input_grad(const sidle_affine *map, ptrdiff_t rows,
                             const sidle_real *w, const sidle_real *dy,
                             sidle_real beta, sidle_real *dx);
/** Adds to dw, the gradients of the layer's weights. */
void sidle_affine_weight_grad(const sidle_affine *map, ptrdiff_t rows,
                              const sidle_real *x, const sidle_real *dy,
                              sidle_real *dw);

/* y = normalised x * scale + offset */
typedef struct sidle_norm {
    ptrdiff_t width;
    double eps;              /* added to the variance */
    ptrdiff_t scale, offset; /* offsets into the layer's weights */
} sidle_norm;

/* Mean and 1 / std of each row, for the backward. */
typedef struct sidle_moments {
    sidle_real *mean, *rstd;
} sidle_moments;

/** Adds path/scale and path/offset, both (width). */
sidle_norm sidle_norm_add(sidle_layer *layer, const char *path,
                          ptrdiff_t width);
void sidle_norm_forward(const sidle_norm *norm, ptrdiff_t rows,
                        const sidle_real *w, const sidle_real *x, sidle_real *y,
                        sidle_moments moments);
/** dx += the gradient of x. */
void sidle_norm_input_grad(const sidle_norm *norm, ptrdiff_t rows,
                           const sidle_real *w, const sidle_real *x,
                           sidle_moments moments, const sidle_real *dy,
                           sidle_real *dx);
void sidle_norm_weight_grad(const sidle_norm *norm, ptrdiff_t rows,
                            const sidle_real *x, sidle_moments moments,
                            const sidle_real *dy, sidle_real *dw);

#endif

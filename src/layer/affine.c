/* affine.c - linear maps and normalisations at their places. */
#include "layer/affine.h"

#include "base/text.h"
#include "math/gemm.h"
#include "math/norm.h"

static int add(sidle_layer *layer, const char *path, const char *leaf,
               ptrdiff_t out, ptrdiff_t in, sidle_init init, int is_matrix)
{
    char name[64];

    sidle_text_format(name, sizeof(name), "%s/%s", path, leaf);
    return sidle_layer_add_param(layer, name, out, in, in, init, is_matrix);
}

sidle_affine sidle_affine_add(sidle_layer *layer, const char *path,
                              ptrdiff_t out, ptrdiff_t in, int is_matrix)
{
    int weight =
        add(layer, path, "weight", out, in, SIDLE_INIT_FAN_IN, is_matrix);
    int bias = add(layer, path, "bias", out, 0, SIDLE_INIT_ZERO, 0);

    return (sidle_affine){in, out, layer->params[weight].offset,
                          layer->params[bias].offset};
}

void sidle_affine_forward(const sidle_affine *map, ptrdiff_t rows,
                          const sidle_real *w, const sidle_real *x,
                          sidle_real *y)
{
    sidle_linear(rows, map->in, map->out, x, w + map->weight,
                 map->bias < 0 ? NULL : w + map->bias, y);
}

void sidle_affine_input_grad(const sidle_affine *map, ptrdiff_t rows,
                             const sidle_real *w, const sidle_real *dy,
                             sidle_real beta, sidle_real *dx)
{
    sidle_linear_input_grad(rows, map->in, map->out, dy, w + map->weight, beta,
                            dx);
}

void sidle_affine_weight_grad(const sidle_affine *map, ptrdiff_t rows,
                              const sidle_real *x, const sidle_real *dy,
                              sidle_real *dw)
{
    sidle_linear_weight_grad(rows, map->in, map->out, x, dy, dw + map->weight,
                             map->bias < 0 ? NULL : dw + map->bias);
}

sidle_norm sidle_norm_add(sidle_layer *layer, const char *path, ptrdiff_t width)
{
    int scale = add(layer, path, "scale", width, 0, SIDLE_INIT_ONE, 0);
    int offset = add(layer, path, "offset", width, 0, SIDLE_INIT_ZERO, 0);

    return (sidle_norm){width, SIDLE_NORM_EPS, layer->params[scale].offset,
                        layer->params[offset].offset};
}

void sidle_norm_forward(const sidle_norm *norm, ptrdiff_t rows,
                        const sidle_real *w, const sidle_real *x, sidle_real *y,
                        sidle_moments moments)
{
    sidle_layernorm(rows, norm->width, norm->eps, x, w + norm->scale,
                    w + norm->offset, y, moments.mean, moments.rstd);
}

void sidle_norm_input_grad(const sidle_norm *norm, ptrdiff_t rows,
                           const sidle_real *w, const sidle_real *x,
                           sidle_moments moments, const sidle_real *dy,
                           sidle_real *dx)
{
    /* Added: dx holds the gradient of the residual branch already. */
    sidle_layernorm_input_grad(rows, norm->width, x, w + norm->scale,
                               moments.mean, moments.rstd, dy, (sidle_real)1,
                               dx);
}

void sidle_norm_weight_grad(const sidle_norm *norm, ptrdiff_t rows,
                            const sidle_real *x, sidle_moments moments,
                            const sidle_real *dy, sidle_real *dw)
{
    sidle_layernorm_weight_grad(rows, norm->width, x, moments.mean,
                                moments.rstd, dy, dw + norm->scale,
                                dw + norm->offset);
}

/* global_pool.c - the mean over the places of a row: (Y, X, C) becomes (C). */
#include "layer/kinds.h"

#include "math/vector.h"

#include <string.h>

static sidle_status setup(sidle_layer *layer, const void *options)
{
    (void)options;
    if (layer->in_shape.n_dims != 3)
        return sidle_layer_refuse(layer, "three dimensions, (Y, X, C)");
    layer->out_shape = (sidle_shape){1, {layer->in_shape.dims[2]}};
    return SIDLE_OK;
}

static ptrdiff_t places_of(const sidle_layer *layer)
{
    return layer->in_shape.dims[0] * layer->in_shape.dims[1];
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t places = places_of(layer), n = layer->out_shape.dims[0];

    memset(call->y, 0, layer->out * sizeof(*call->y));
    for (ptrdiff_t b = 0; b < layer->rows; b++)
        sidle_add_column_sums(places, n, call->x + b * places * n,
                              call->y + b * n);
    sidle_scale((ptrdiff_t)layer->out, 1 / (sidle_real)places, call->y);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t places = places_of(layer), n = layer->out_shape.dims[0];

    if (call->dx == NULL)
        return;
    memset(call->dx, 0, layer->in * sizeof(*call->dx));
    for (ptrdiff_t i = 0; i < layer->rows * places; i++)
        sidle_add_scaled(n, 1 / (sidle_real)places, call->dy + i / places * n,
                         call->dx + i * n);
}

const sidle_layer_ops sidle_global_pool_ops = {
    .kind = "global_pool",
    .setup = setup,
    .forward = forward,
    .input_grad = input_grad,
};

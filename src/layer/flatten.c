/* flatten.c - a row of any shape as one dimension, in the same order. */
#include "layer/kinds.h"

#include <string.h>

static sidle_status setup(sidle_layer *layer, const void *options)
{
    (void)options;
    if (layer->in_shape.n_dims == 0)
        return sidle_layer_refuse(layer, "at least one dimension");
    layer->out_shape =
        (sidle_shape){1, {(ptrdiff_t)sidle_shape_size(&layer->in_shape)}};
    return SIDLE_OK;
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    memcpy(call->y, call->x, layer->in * sizeof(*call->y));
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    if (call->dx != NULL)
        memcpy(call->dx, call->dy, layer->in * sizeof(*call->dx));
}

const sidle_layer_ops sidle_flatten_ops = {
    .kind = "flatten",
    .setup = setup,
    .forward = forward,
    .input_grad = input_grad,
};

/* upsample.c - each place of a row (Y, X, C) becomes factor x factor equal ones
 * (nearest neighbour). */
#include "layer/kinds.h"

#include "math/vector.h"

#include <stdlib.h>
#include <string.h>

typedef struct upsample_options {
    ptrdiff_t factor[2];
} upsample_options;

static const sidle_option rows[] = {
    {.name = "factor",
     .type = SIDLE_OPTION_PAIR,
     SIDLE_OPTION_AT(upsample_options, factor),
     .standard = "2",
     SIDLE_OPTION_RANGE(1, 65535),
     .help = "Places that each place becomes, [y, x]"},
};

static sidle_status setup(sidle_layer *layer, const void *given)
{
    upsample_options *self;

    if (layer->in_shape.n_dims != 3)
        return sidle_layer_refuse(layer, "three dimensions, (Y, X, C)");
    self = malloc(sizeof(*self));
    if (self == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = self;
    *self = *(const upsample_options *)given;
    layer->out_shape = layer->in_shape;
    for (int i = 0; i < 2; i++)
        layer->out_shape.dims[i] *= self->factor[i];
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static ptrdiff_t out_places(const sidle_layer *layer)
{
    return layer->rows * layer->out_shape.dims[0] * layer->out_shape.dims[1];
}

/* Offset in x of the place that output place i repeats. */
static ptrdiff_t source_of(const sidle_layer *layer, ptrdiff_t i)
{
    const upsample_options *self = layer->self;
    const ptrdiff_t *in = layer->in_shape.dims, *out = layer->out_shape.dims;
    ptrdiff_t line = i / out[1] / self->factor[0]; /* of all rows */
    ptrdiff_t x = i % out[1] / self->factor[1];

    return (line * in[1] + x) * in[2];
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t n = layer->in_shape.dims[2];

    for (ptrdiff_t i = 0; i < out_places(layer); i++)
        memcpy(call->y + i * n, call->x + source_of(layer, i),
               (size_t)n * sizeof(*call->y));
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t n = layer->in_shape.dims[2];

    if (call->dx == NULL)
        return;
    memset(call->dx, 0, layer->in * sizeof(*call->dx));
    for (ptrdiff_t i = 0; i < out_places(layer); i++)
        sidle_add(n, call->dy + i * n, call->dx + source_of(layer, i));
}

const sidle_layer_ops sidle_upsample_ops = {
    .kind = "upsample",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(upsample_options),
    .setup = setup,
    .done = done,
    .forward = forward,
    .input_grad = input_grad,
};

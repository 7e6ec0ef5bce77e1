/* linear.c - y = W x + b on a row (C).
 *
 * Starts as He's: behind a rectifier half of the inputs are zero. */
#include "layer/kinds.h"

#include "base/text.h"
#include "layer/affine.h"

#include <stdlib.h>

typedef struct linear_options {
    ptrdiff_t width;
    int bias;
} linear_options;

static const sidle_option rows[] = {
    {.name = "width",
     .type = SIDLE_OPTION_SIZE,
     SIDLE_OPTION_AT(linear_options, width),
     .is_required = 1,
     SIDLE_OPTION_RANGE(1, INT32_MAX),
     .help = "Numbers of an output row"},
    {.name = "bias",
     .type = SIDLE_OPTION_FLAG,
     SIDLE_OPTION_AT(linear_options, bias),
     .standard = "true",
     .help = "Add a bias to each output"},
};

static sidle_affine *map_of(const sidle_layer *layer)
{
    return layer->self;
}

static void add_params(sidle_layer *layer, const linear_options *options,
                       sidle_affine *map)
{
    char name[64];
    int weight, bias;

    sidle_text_format(name, sizeof(name), "%s/weight", layer->path);
    weight = sidle_layer_add_param(layer, name, map->out, map->in, map->in,
                                   SIDLE_INIT_HE, 1);
    map->weight = layer->params[weight].offset;
    map->bias = -1;
    if (!options->bias)
        return;
    sidle_text_format(name, sizeof(name), "%s/bias", layer->path);
    bias =
        sidle_layer_add_param(layer, name, map->out, 0, 0, SIDLE_INIT_ZERO, 0);
    map->bias = layer->params[bias].offset;
}

static sidle_status setup(sidle_layer *layer, const void *given)
{
    const linear_options *options = given;
    sidle_affine *map;

    if (layer->in_shape.n_dims != 1)
        return sidle_layer_refuse(
            layer, "one dimension, (C); put flatten or global_pool before it");
    map = calloc(1, sizeof(*map));
    if (map == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = map;
    map->in = layer->in_shape.dims[0];
    map->out = options->width;
    add_params(layer, options, map);
    layer->out_shape = (sidle_shape){1, {map->out}};
    layer->flops =
        2.0 * (double)layer->rows * (double)map->in * (double)map->out;
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static int become_head(sidle_layer *layer)
{
    /* As in final.c: the first loss is that of a model that knows nothing, and
     * Muon leaves a head to its other rule (Jordan et al. 2024). */
    layer->params[0].init = SIDLE_INIT_ZERO;
    layer->params[0].is_matrix = 0;
    return 1;
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    sidle_affine_forward(map_of(layer), layer->rows, call->w, call->x, call->y);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    if (call->dx != NULL)
        sidle_affine_input_grad(map_of(layer), layer->rows, call->w, call->dy,
                                (sidle_real)0, call->dx);
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    sidle_affine_weight_grad(map_of(layer), layer->rows, call->x, call->dy,
                             call->dw);
}

const sidle_layer_ops sidle_linear_ops = {
    .kind = "linear",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(linear_options),
    .setup = setup,
    .done = done,
    .become_head = become_head,
    .forward = forward,
    .input_grad = input_grad,
    .weight_grad = weight_grad,
};

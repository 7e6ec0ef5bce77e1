/* layer_norm.c - normalisation over the channels of each place.
 *
 * Source: Ba, Kiros, Hinton, arXiv:1607.06450; variance over n. */
#include "layer/kinds.h"

#include "base/carve.h"
#include "layer/affine.h"

#include <stdlib.h>
#include <string.h>

typedef struct layer_norm_options {
    double eps;
} layer_norm_options;

static const sidle_option rows[] = {
    {.name = "eps",
     .type = SIDLE_OPTION_REAL,
     SIDLE_OPTION_AT(layer_norm_options, eps),
     .standard = "1e-5",
     SIDLE_OPTION_RANGE(0, 1),
     .above_least = 1,
     .help = "Added to the variance"},
};

static sidle_moments carve_moments(sidle_carve *carve, ptrdiff_t places)
{
    sidle_moments moments;

    moments.mean = sidle_carve_reals(carve, places);
    moments.rstd = sidle_carve_reals(carve, places);
    return moments;
}

/* Places of all rows: what is normalised by itself. */
static ptrdiff_t places_of(const sidle_layer *layer)
{
    const sidle_norm *norm = layer->self;

    return (ptrdiff_t)layer->in / norm->width;
}

static sidle_moments moments_of(const sidle_layer *layer,
                                const sidle_call *call)
{
    sidle_carve carve = sidle_carve_of(call->cache);

    return carve_moments(&carve, places_of(layer));
}

static sidle_status setup(sidle_layer *layer, const void *given)
{
    const layer_norm_options *options = given;
    int n_dims = layer->in_shape.n_dims;
    sidle_norm *norm;
    sidle_carve carve = {NULL, 0};

    if (n_dims == 0)
        return sidle_layer_refuse(layer, "at least one dimension");
    norm = calloc(1, sizeof(*norm));
    if (norm == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = norm;
    *norm =
        sidle_norm_add(layer, layer->path, layer->in_shape.dims[n_dims - 1]);
    norm->eps = options->eps;
    layer->out_shape = layer->in_shape;
    carve_moments(&carve, places_of(layer));
    layer->cache = carve.used;
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    sidle_norm_forward(layer->self, places_of(layer), call->w, call->x, call->y,
                       moments_of(layer, call));
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    if (call->dx == NULL)
        return;
    /* The norm adds to it, and here is no residual branch. */
    memset(call->dx, 0, layer->in * sizeof(*call->dx));
    sidle_norm_input_grad(layer->self, places_of(layer), call->w, call->x,
                          moments_of(layer, call), call->dy, call->dx);
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    sidle_norm_weight_grad(layer->self, places_of(layer), call->x,
                           moments_of(layer, call), call->dy, call->dw);
}

const sidle_layer_ops sidle_layer_norm_ops = {
    .kind = "layer_norm",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(layer_norm_options),
    .setup = setup,
    .done = done,
    .forward = forward,
    .input_grad = input_grad,
    .weight_grad = weight_grad,
};

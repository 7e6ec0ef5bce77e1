/* dropout.c - numbers of a training item are dropped, the rest scaled up. */
#include "layer/kinds.h"

#include "base/text.h"
#include "layer/drop.h"

#include <stdlib.h>
#include <string.h>

typedef struct dropout_options {
    double rate;
} dropout_options;

static const sidle_option rows[] = {
    {.name = "rate",
     .type = SIDLE_OPTION_REAL,
     SIDLE_OPTION_AT(dropout_options, rate),
     .is_required = 1,
     SIDLE_OPTION_RANGE(0, 1),
     .below_most = 1,
     .help = "Share of the numbers that are dropped"},
};

static sidle_status setup(sidle_layer *layer, const void *given)
{
    const dropout_options *options = given;
    sidle_drop *drop;

    if (layer->in_shape.n_dims == 0)
        return sidle_layer_refuse(layer, "at least one dimension");
    drop = calloc(1, sizeof(*drop));
    if (drop == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = drop;
    sidle_text_format(drop->place, sizeof(drop->place), "%s", layer->path);
    drop->p = options->rate;
    drop->row_size = (ptrdiff_t)sidle_shape_size(&layer->in_shape);
    layer->out_shape = layer->in_shape;
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static void drop_or_copy(const sidle_layer *layer, const sidle_item *item,
                         const sidle_real *from, sidle_real *to)
{
    if (sidle_dropped(layer->self, item, from, to) != to)
        memcpy(to, from, layer->in * sizeof(*to));
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    drop_or_copy(layer, call->item, call->x, call->y);
}

/* The same draws on the gradient: no mask is kept. */
static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    if (call->dx != NULL)
        drop_or_copy(layer, call->item, call->dy, call->dx);
}

const sidle_layer_ops sidle_dropout_ops = {
    .kind = "dropout",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(dropout_options),
    .setup = setup,
    .done = done,
    .forward = forward,
    .input_grad = input_grad,
};

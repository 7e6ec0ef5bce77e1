/* cross_entropy.c - loss of K classes: -log softmax(x) at the row's label.
 *
 * Reads the field "label", one class a row; -1 is no label. */
#include "layer/kinds.h"

#include "base/carve.h"

#include <math.h>
#include <string.h>

struct parts {
    sidle_real *softmax; /* cache */
    int32_t *label;      /* scratch */
};

static size_t carve_cache(struct parts *parts, ptrdiff_t rows,
                          const sidle_real *cache)
{
    sidle_carve carve = sidle_carve_of(cache);

    parts->softmax = sidle_carve_reals(&carve, 2 * rows);
    return carve.used;
}

static size_t carve_scratch(struct parts *parts, ptrdiff_t rows,
                            sidle_real *scratch)
{
    sidle_carve carve = {scratch, 0};

    parts->label =
        sidle_carve_bytes(&carve, (size_t)rows * sizeof(*parts->label));
    return carve.used;
}

/* Labels that do not count, since the source says so, are left out. */
static struct parts start(const sidle_layer *layer, const sidle_call *call)
{
    const sidle_item *item = call->item;
    const int32_t *label = sidle_layer_field(layer, item, 0);
    struct parts parts;

    carve_cache(&parts, layer->rows, call->cache);
    carve_scratch(&parts, layer->rows, call->scratch);
    for (ptrdiff_t b = 0; b < layer->rows; b++) {
        int counts = item->scored == NULL || item->scored[b] > 0;

        parts.label[b] = counts ? label[b] : -1;
    }
    return parts;
}

static sidle_status setup(sidle_layer *layer, const void *options)
{
    struct parts parts;

    (void)options;
    if (layer->in_shape.n_dims != 1 || layer->in_shape.dims[0] < 2)
        return sidle_layer_refuse(layer, "(K), a number for each of at least "
                                         "two classes");
    layer->classes = layer->in_shape.dims[0];
    layer->targets = 1;
    sidle_layer_read(layer, "label", 'i', &(sidle_shape){1, {1}});
    layer->cache = carve_cache(&parts, layer->rows, NULL);
    layer->scratch = carve_scratch(&parts, layer->rows, NULL);
    return SIDLE_OK;
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    struct parts parts = start(layer, call);

    sidle_xent(layer->rows, layer->classes, call->x, parts.label, parts.softmax,
               call->loss);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    struct parts parts = start(layer, call);

    if (call->dx != NULL)
        sidle_xent_grad(layer->rows, layer->classes, call->x, parts.label,
                        parts.softmax, call->grad_weight, 0.0, call->dx);
}

static double uninformed(const sidle_layer *layer)
{
    return log((double)layer->classes);
}

static const sidle_loss_kind loss = {
    .unit = "nats a target", .has_classes = 1, .uninformed = uninformed};

const sidle_layer_ops sidle_cross_entropy_ops = {
    .kind = "cross_entropy",
    .loss = &loss,
    .setup = setup,
    .forward = forward,
    .input_grad = input_grad,
};

/* residual.c - y = x + f(x), f being the layers inside. */
#include "layer/kinds.h"

#include "base/text.h"
#include "layer/chain.h"
#include "math/vector.h"

#include <stdlib.h>

struct residual {
    int n;
    sidle_layer *layers; /* (n) set up so far */
    sidle_chain chain;
};

/* The next layer of the chain; its name has one number more. */
static sidle_status add_layer(const sidle_layer *layer,
                              struct residual *residual,
                              const sidle_layer_entry *entry)
{
    int k = residual->n;
    const sidle_shape *in =
        k > 0 ? &residual->layers[k - 1].out_shape : &layer->in_shape;
    char name[48];

    sidle_text_format(name, sizeof(name), "%s.%03d", layer->name, k);
    if (entry->ops->loss != NULL)
        return sidle_fail(SIDLE_EUSAGE,
                          "unit \"%s\" (%s) is a loss, it cannot stand inside "
                          "a residual",
                          name, entry->ops->kind);
    SIDLE_TRY(sidle_layer_init(&residual->layers[k], entry->ops, name, in,
                               layer->rows, entry->options));
    residual->n++;
    return SIDLE_OK;
}

static sidle_status check_shape(const sidle_layer *layer,
                                const struct residual *residual)
{
    const sidle_shape *out = &residual->layers[residual->n - 1].out_shape;
    char got[64], made[64];

    if (sidle_shape_equal(out, &layer->in_shape))
        return SIDLE_OK;
    sidle_shape_print(&layer->in_shape, got, sizeof(got));
    sidle_shape_print(out, made, sizeof(made));
    return sidle_fail(SIDLE_EUSAGE,
                      "unit \"%s\" (residual) gets an input of shape %s, its "
                      "layers make %s of it; both must be equal to be added",
                      layer->name, got, made);
}

static void tell_sizes(sidle_layer *layer, const struct residual *residual)
{
    const sidle_chain *chain = &residual->chain;

    layer->out_shape = layer->in_shape;
    layer->weights = chain->weights;
    layer->cache = chain->cache;
    layer->stash = chain->stash;
    layer->scratch = chain->scratch;
    layer->flops = (double)layer->in;
    for (int k = 0; k < residual->n; k++) {
        const sidle_layer *inner = &residual->layers[k];

        sidle_layer_adopt_params(layer, inner, chain->places[k].weights);
        layer->flops += inner->flops;
        layer->tables += inner->tables;
    }
}

static sidle_status setup(sidle_layer *layer, const void *options)
{
    const sidle_layer_list *list = options;
    struct residual *residual = calloc(1, sizeof(*residual));

    if (residual == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = residual;
    if (list->n < 1)
        return sidle_fail(SIDLE_EUSAGE, "unit \"%s\" (residual) has no layers",
                          layer->name);
    residual->layers = calloc((size_t)list->n, sizeof(*residual->layers));
    if (residual->layers == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d layers", list->n);
    for (int k = 0; k < list->n; k++)
        SIDLE_TRY(add_layer(layer, residual, &list->entries[k]));
    SIDLE_TRY(check_shape(layer, residual));
    SIDLE_TRY(
        sidle_chain_init(&residual->chain, residual->layers, residual->n));
    tell_sizes(layer, residual);
    return SIDLE_OK;
}

static sidle_status ready(sidle_layer *layer)
{
    struct residual *residual = layer->self;

    for (int k = 0; k < residual->n; k++)
        if (residual->layers[k].ops->ready != NULL)
            SIDLE_TRY(residual->layers[k].ops->ready(&residual->layers[k]));
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    struct residual *residual = layer->self;

    for (int k = 0; k < residual->n; k++)
        sidle_layer_done(&residual->layers[k]);
    sidle_chain_done(&residual->chain);
    free(residual->layers);
    free(residual);
}

static int become_head(sidle_layer *layer)
{
    struct residual *residual = layer->self;
    int end = layer->n_params;

    for (int k = residual->n - 1; k >= 0; k--) {
        sidle_layer *inner = &residual->layers[k];

        end -= inner->n_params;
        if (inner->ops->become_head == NULL || !inner->ops->become_head(inner))
            continue;
        /* This layer's parameters are copies of those inside. */
        for (int i = 0; i < inner->n_params; i++) {
            layer->params[end + i].init = inner->params[i].init;
            layer->params[end + i].is_matrix = inner->params[i].is_matrix;
        }
        return 1;
    }
    return 0;
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const struct residual *residual = layer->self;

    sidle_chain_forward(&residual->chain, call);
    sidle_add((ptrdiff_t)layer->in, call->x, call->y);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct residual *residual = layer->self;

    sidle_chain_input_grad(&residual->chain, call);
    if (call->dx != NULL)
        sidle_add((ptrdiff_t)layer->in, call->dy, call->dx);
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct residual *residual = layer->self;

    sidle_chain_weight_grad(&residual->chain, call);
}

const sidle_layer_ops sidle_residual_ops = {
    .kind = "residual",
    .options_size = sizeof(sidle_layer_list),
    .has_inner = 1,
    .setup = setup,
    .ready = ready,
    .done = done,
    .become_head = become_head,
    .forward = forward,
    .input_grad = input_grad,
    .weight_grad = weight_grad,
};

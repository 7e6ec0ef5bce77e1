/* layer.c - what all kinds share: setup, parameters, initial values. */
#include "layer/layer.h"

#include "base/arena.h"
#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* True standard deviation of a unit normal truncated at 2. */
#define TRUNCATED_STD 0.87962566103

static size_t rounded(size_t reals)
{
    return sidle_arena_round(reals * sizeof(sidle_real)) / sizeof(sidle_real);
}

sidle_status sidle_layer_init(sidle_layer *layer, const sidle_layer_ops *ops,
                              const char *name, int index, ptrdiff_t rows,
                              const void *config)
{
    sidle_status status;

    memset(layer, 0, sizeof(*layer));
    layer->ops = ops;
    layer->index = index;
    layer->rows = rows;
    sidle_text_format(layer->name, sizeof(layer->name), "%s", name);
    status = ops->setup(layer, config);
    if (status != SIDLE_OK)
        sidle_layer_done(layer);
    return status;
}

void sidle_layer_done(sidle_layer *layer)
{
    if (layer->ops && layer->ops->done && layer->self)
        layer->ops->done(layer);
    layer->self = NULL;
}

int sidle_layer_add_param(sidle_layer *layer, const char *name, ptrdiff_t out,
                          ptrdiff_t in, ptrdiff_t fan_in, sidle_init init,
                          int is_matrix)
{
    int index = layer->n_params++;
    sidle_param *param = &layer->params[index];

    SIDLE_CHECK(index < SIDLE_LAYER_MAX_PARAMS,
                "layer '%s' has more than %d parameters", layer->name,
                SIDLE_LAYER_MAX_PARAMS);
    sidle_text_format(param->name, sizeof(param->name), "%s", name);
    param->n_dims = in > 0 ? 2 : 1;
    param->dims[0] = out;
    param->dims[1] = in;
    param->fan_in = fan_in;
    param->init = init;
    param->is_matrix = is_matrix;
    param->offset = (ptrdiff_t)layer->weights;
    param->count = in > 0 ? out * in : out;
    layer->weights += rounded((size_t)param->count);
    return index;
}

void sidle_layer_join_params(sidle_layer *layer, int first, int last)
{
    sidle_param *param = layer->params;

    SIDLE_CHECK(last == layer->n_params - 1, "only the last can be joined");
    for (int i = first + 1; i <= last; i++)
        param[i].offset = param[i - 1].offset + param[i - 1].count;
    layer->weights = rounded((size_t)(param[last].offset + param[last].count));
}

static double init_factor(const sidle_param *param)
{
    if (param->init == SIDLE_INIT_NORMAL)
        return 1.0;
    return 1.0 / (TRUNCATED_STD * sqrt((double)param->fan_in));
}

static void init_param(const sidle_param *param, uint64_t seed, sidle_real *w)
{
    sidle_rng rng = {seed, sidle_rng_stream(param->name, 0)};
    double factor = init_factor(param);

    for (ptrdiff_t i = 0; i < param->count; i++) {
        if (param->init == SIDLE_INIT_ZERO)
            w[i] = 0;
        else if (param->init == SIDLE_INIT_ONE)
            w[i] = 1;
        else
            w[i] = (sidle_real)(factor *
                                sidle_rng_truncated_normal(rng, (uint64_t)i));
    }
}

void sidle_layer_init_weights(const sidle_layer *layer, uint64_t seed,
                              sidle_real *w)
{
    memset(w, 0, layer->weights * sizeof(*w));
    for (int i = 0; i < layer->n_params; i++)
        init_param(&layer->params[i], seed, w + layer->params[i].offset);
}

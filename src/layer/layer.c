/* layer.c - what all kinds share: setup, parameters, initial values. */
#include "layer/layer.h"

#include "base/arena.h"
#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* True standard deviation of a unit normal truncated at 2. */
#define TRUNCATED_STD 0.87962566103

/* Far more than any machine holds, and few enough to be counted in bytes. */
#define MOST_WEIGHTS ((size_t)1 << 40)

static size_t rounded(size_t reals)
{
    return sidle_arena_round(reals * sizeof(sidle_real)) / sizeof(sidle_real);
}

/* "layer.003" is stored as "layer/003". */
static void path_of(const char *name, char *path, size_t size)
{
    sidle_text_format(path, size, "%s", name);
    for (char *at = path; *at != '\0'; at++)
        if (*at == '.')
            *at = '/';
}

/* The layer's own copy: whoever described it may forget the description. */
static sidle_status keep_options(sidle_layer *layer, const void *options)
{
    size_t size = layer->ops->options_size;

    if (size == 0)
        return SIDLE_OK;
    layer->options = malloc(size);
    if (layer->options == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "no memory for the options of \"%s\"", layer->name);
    memcpy(layer->options, options, size);
    return SIDLE_OK;
}

static sidle_status set_up(sidle_layer *layer, const void *options)
{
    size_t rows = (size_t)layer->rows;

    SIDLE_TRY(keep_options(layer, options));
    layer->in = rows * sidle_shape_size(&layer->in_shape);
    SIDLE_TRY(layer->ops->setup(layer, layer->options));
    if (layer->weights > MOST_WEIGHTS)
        return sidle_fail(SIDLE_EUSAGE,
                          "unit \"%s\" (%s) has %zu parameters, expected at "
                          "most %zu; make it narrower",
                          layer->name, layer->ops->kind, layer->weights,
                          MOST_WEIGHTS);
    layer->out = rows * sidle_shape_size(&layer->out_shape);
    return SIDLE_OK;
}

sidle_status sidle_layer_init_after(sidle_layer *layer,
                                    const sidle_layer_ops *ops,
                                    const char *name, const sidle_shape *in,
                                    ptrdiff_t rows, const void *options,
                                    const sidle_layer *earlier, int n_earlier)
{
    sidle_status status;

    memset(layer, 0, sizeof(*layer));
    layer->ops = ops;
    layer->rows = rows;
    if (in != NULL)
        layer->in_shape = *in;
    sidle_text_format(layer->name, sizeof(layer->name), "%s", name);
    path_of(name, layer->path, sizeof(layer->path));
    layer->earlier = earlier;
    layer->n_earlier = n_earlier;
    status = set_up(layer, options);
    layer->earlier = NULL;
    if (status != SIDLE_OK)
        sidle_layer_done(layer);
    return status;
}

sidle_status sidle_layer_init(sidle_layer *layer, const sidle_layer_ops *ops,
                              const char *name, const sidle_shape *in,
                              ptrdiff_t rows, const void *options)
{
    return sidle_layer_init_after(layer, ops, name, in, rows, options, NULL, 0);
}

void sidle_layer_done(sidle_layer *layer)
{
    if (layer->ops != NULL && layer->ops->done != NULL && layer->self != NULL)
        layer->ops->done(layer);
    free(layer->params);
    free(layer->options);
    layer->self = layer->options = NULL;
    layer->params = NULL;
}

/* One more, in a list that grows; where there is no memory the run ends. */
static sidle_param *next_param(sidle_layer *layer)
{
    size_t n = (size_t)layer->n_params + 1;

    layer->params = realloc(layer->params, n * sizeof(*layer->params));
    SIDLE_CHECK(layer->params != NULL, "no memory for %zu parameters", n);
    memset(&layer->params[n - 1], 0, sizeof(*layer->params));
    layer->n_params++;
    return &layer->params[n - 1];
}

int sidle_layer_add_tensor(sidle_layer *layer, const char *name,
                           const sidle_shape *shape, ptrdiff_t fan_in,
                           sidle_init init, int is_matrix)
{
    sidle_param *param = next_param(layer);

    sidle_text_format(param->name, sizeof(param->name), "%s", name);
    param->n_dims = shape->n_dims;
    memcpy(param->dims, shape->dims, sizeof(param->dims));
    param->fan_in = fan_in;
    param->init = init;
    param->is_matrix = is_matrix;
    param->offset = (ptrdiff_t)layer->weights;
    param->count = (ptrdiff_t)sidle_shape_size(shape);
    layer->weights += rounded((size_t)param->count);
    return layer->n_params - 1;
}

int sidle_layer_add_param(sidle_layer *layer, const char *name, ptrdiff_t out,
                          ptrdiff_t in, ptrdiff_t fan_in, sidle_init init,
                          int is_matrix)
{
    sidle_shape shape = {in > 0 ? 2 : 1, {out, in}};

    return sidle_layer_add_tensor(layer, name, &shape, fan_in, init, is_matrix);
}

void sidle_layer_adopt_params(sidle_layer *layer, const sidle_layer *inner,
                              size_t offset)
{
    for (int i = 0; i < inner->n_params; i++) {
        sidle_param *param = next_param(layer);

        *param = inner->params[i];
        param->offset += (ptrdiff_t)offset;
    }
}

sidle_status sidle_layer_refuse(const sidle_layer *layer, const char *needs)
{
    char got[64];

    sidle_shape_print(&layer->in_shape, got, sizeof(got));
    return sidle_fail(SIDLE_EUSAGE,
                      "unit \"%s\" (%s) gets an input of shape %s, it needs %s",
                      layer->name, layer->ops->kind, got, needs);
}

int sidle_layer_read(sidle_layer *layer, const char *name, char type,
                     const sidle_shape *shape)
{
    int read = layer->n_reads++;
    sidle_field *field = &layer->reads[read];

    SIDLE_CHECK(read < SIDLE_LAYER_MAX_READS,
                "layer \"%s\" reads more than %d fields", layer->name,
                SIDLE_LAYER_MAX_READS);
    *field = (sidle_field){.type = type, .shape = *shape};
    sidle_text_format(field->name, sizeof(field->name), "%s", name);
    layer->read_at[read] = read; /* until a model has a list of its own */
    return read;
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
    double fan_in = (double)param->fan_in;

    if (param->init == SIDLE_INIT_NORMAL)
        return 1.0;
    /* He et al., ICCV 2015; the divisor gives back what truncation takes. */
    if (param->init == SIDLE_INIT_HE)
        return sqrt(2.0 / fan_in) / TRUNCATED_STD;
    return 1.0 / (TRUNCATED_STD * sqrt(fan_in));
}

static void init_param(const sidle_param *param, uint64_t seed, sidle_real *w)
{
    /* By name, so that no value depends on the partition. */
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
    /* What lies between parameters is summed and saved, too. */
    memset(w, 0, layer->weights * sizeof(*w));
    for (int i = 0; i < layer->n_params; i++)
        init_param(&layer->params[i], seed, w + layer->params[i].offset);
}

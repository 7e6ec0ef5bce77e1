/* kinds_test.c - linear, tanh, identity and squared loss, one file. */
#include "kinds_test.h"

#include "base/text.h"
#include "math/gemm.h"

#include <string.h>
#include <tgmath.h>

static ptrdiff_t width_in(const sidle_layer *layer)
{
    return ((const sidle_test_size *)layer->self)->in;
}

static ptrdiff_t width_out(const sidle_layer *layer)
{
    return ((const sidle_test_size *)layer->self)->out;
}

static const sidle_real *input(const sidle_item *item, const sidle_real *x)
{
    return x ? x : item->values;
}

/* self is the borrowed config: nothing to free. */
static void done(sidle_layer *layer)
{
    layer->self = NULL;
}

static sidle_status setup_sizes(sidle_layer *layer, const void *config)
{
    union {
        const void *given;
        void *kept;
    } borrowed = {config};

    layer->self = borrowed.kept;
    layer->in = (size_t)(layer->rows * width_in(layer));
    layer->out = (size_t)(layer->rows * width_out(layer));
    return SIDLE_OK;
}

static sidle_status setup_linear(sidle_layer *layer, const void *config)
{
    const sidle_test_size *size = config;
    char name[64];

    SIDLE_TRY(setup_sizes(layer, config));
    sidle_text_format(name, sizeof(name), "%s/weight", layer->name);
    sidle_layer_add_param(layer, name, size->out, size->in, size->in,
                          SIDLE_INIT_FAN_IN, 1);
    sidle_text_format(name, sizeof(name), "%s/bias", layer->name);
    sidle_layer_add_param(layer, name, size->out, 0, 0, SIDLE_INIT_ZERO, 0);
    layer->flops = 2.0 * (double)(layer->rows * size->in * size->out);
    return SIDLE_OK;
}

static void forward_linear(const sidle_layer *layer, const sidle_item *item,
                           const sidle_real *w, const sidle_real *x,
                           sidle_real *y, sidle_real *cache,
                           sidle_real *scratch)
{
    (void)cache;
    (void)scratch;
    sidle_linear(item->rows, width_in(layer), width_out(layer), input(item, x),
                 w + layer->params[0].offset, w + layer->params[1].offset, y);
}

static void input_grad_linear(const sidle_layer *layer, const sidle_item *item,
                              const sidle_real *w, const sidle_real *x,
                              const sidle_real *cache, const sidle_real *dy,
                              sidle_real *dx, sidle_real *stash,
                              sidle_real *scratch)
{
    (void)x;
    (void)cache;
    (void)stash;
    (void)scratch;
    if (dx)
        sidle_linear_input_grad(item->rows, width_in(layer), width_out(layer),
                                dy, w + layer->params[0].offset, (sidle_real)0,
                                dx);
}

static void weight_grad_linear(const sidle_layer *layer, const sidle_item *item,
                               const sidle_real *w, const sidle_real *x,
                               const sidle_real *cache, const sidle_real *dy,
                               const sidle_real *stash, sidle_real *dw,
                               sidle_real *scratch)
{
    (void)w;
    (void)cache;
    (void)stash;
    (void)scratch;
    sidle_linear_weight_grad(item->rows, width_in(layer), width_out(layer),
                             input(item, x), dy, dw + layer->params[0].offset,
                             dw + layer->params[1].offset);
}

const sidle_layer_ops sidle_test_linear_ops = {
    .kind = "test-linear",
    .setup = setup_linear,
    .done = done,
    .forward = forward_linear,
    .input_grad = input_grad_linear,
    .weight_grad = weight_grad_linear,
};

/* tanh keeps its output, and stashes the gradient before the bend. */
static sidle_status setup_tanh(sidle_layer *layer, const void *config)
{
    SIDLE_TRY(setup_linear(layer, config));
    layer->cache = layer->out;
    layer->stash = layer->out;
    return SIDLE_OK;
}

static void forward_tanh(const sidle_layer *layer, const sidle_item *item,
                         const sidle_real *w, const sidle_real *x,
                         sidle_real *y, sidle_real *cache, sidle_real *scratch)
{
    ptrdiff_t n = item->rows * width_out(layer);

    forward_linear(layer, item, w, x, cache, NULL, scratch);
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = cache[i] = tanh(cache[i]);
}

static void input_grad_tanh(const sidle_layer *layer, const sidle_item *item,
                            const sidle_real *w, const sidle_real *x,
                            const sidle_real *cache, const sidle_real *dy,
                            sidle_real *dx, sidle_real *stash,
                            sidle_real *scratch)
{
    ptrdiff_t n = item->rows * width_out(layer);

    for (ptrdiff_t i = 0; i < n; i++)
        stash[i] = dy[i] * (1 - cache[i] * cache[i]);
    input_grad_linear(layer, item, w, x, cache, stash, dx, NULL, scratch);
}

static void weight_grad_tanh(const sidle_layer *layer, const sidle_item *item,
                             const sidle_real *w, const sidle_real *x,
                             const sidle_real *cache, const sidle_real *dy,
                             const sidle_real *stash, sidle_real *dw,
                             sidle_real *scratch)
{
    (void)dy;
    weight_grad_linear(layer, item, w, x, cache, stash, NULL, dw, scratch);
}

const sidle_layer_ops sidle_test_tanh_ops = {
    .kind = "test-tanh",
    .setup = setup_tanh,
    .done = done,
    .forward = forward_tanh,
    .input_grad = input_grad_tanh,
    .weight_grad = weight_grad_tanh,
};

static sidle_status setup_equal(sidle_layer *layer, const void *config)
{
    const sidle_test_size *size = config;

    if (size->in != size->out)
        return sidle_fail(SIDLE_EUSAGE, "%s: in %td and out %td must be equal",
                          layer->name, size->in, size->out);
    return setup_sizes(layer, config);
}

static void forward_identity(const sidle_layer *layer, const sidle_item *item,
                             const sidle_real *w, const sidle_real *x,
                             sidle_real *y, sidle_real *cache,
                             sidle_real *scratch)
{
    (void)w;
    (void)cache;
    (void)scratch;
    memcpy(y, input(item, x),
           (size_t)(item->rows * width_in(layer)) * sizeof(*y));
}

static void input_grad_identity(const sidle_layer *layer,
                                const sidle_item *item, const sidle_real *w,
                                const sidle_real *x, const sidle_real *cache,
                                const sidle_real *dy, sidle_real *dx,
                                sidle_real *stash, sidle_real *scratch)
{
    (void)w;
    (void)x;
    (void)cache;
    (void)stash;
    (void)scratch;
    if (dx)
        memcpy(dx, dy, (size_t)(item->rows * width_in(layer)) * sizeof(*dx));
}

static void weight_grad_nothing(const sidle_layer *layer,
                                const sidle_item *item, const sidle_real *w,
                                const sidle_real *x, const sidle_real *cache,
                                const sidle_real *dy, const sidle_real *stash,
                                sidle_real *dw, sidle_real *scratch)
{
    (void)layer;
    (void)item;
    (void)w;
    (void)x;
    (void)cache;
    (void)dy;
    (void)stash;
    (void)dw;
    (void)scratch;
}

const sidle_layer_ops sidle_test_identity_ops = {
    .kind = "test-identity",
    .setup = setup_equal,
    .done = done,
    .forward = forward_identity,
    .input_grad = input_grad_identity,
    .weight_grad = weight_grad_nothing,
};

static sidle_status setup_mse(sidle_layer *layer, const void *config)
{
    SIDLE_TRY(setup_equal(layer, config));
    layer->out = 0;
    return SIDLE_OK;
}

static void forward_mse(const sidle_layer *layer, const sidle_item *item,
                        const sidle_real *w, const sidle_real *x, sidle_real *y,
                        sidle_real *cache, sidle_real *scratch)
{
    ptrdiff_t n = item->rows * width_in(layer);
    const sidle_real *at = input(item, x);
    double sum = 0.0;

    (void)w;
    (void)y;
    (void)cache;
    (void)scratch;
    for (ptrdiff_t i = 0; i < n; i++) {
        double far = (double)at[i] - (double)item->targets[i];

        sum += far * far;
    }
    item->loss->nats += 0.5 * sum / (double)item->rows;
    item->loss->n_targets += item->rows;
}

static void input_grad_mse(const sidle_layer *layer, const sidle_item *item,
                           const sidle_real *w, const sidle_real *x,
                           const sidle_real *cache, const sidle_real *dy,
                           sidle_real *dx, sidle_real *stash,
                           sidle_real *scratch)
{
    ptrdiff_t n = item->rows * width_in(layer);
    const sidle_real *at = input(item, x);

    (void)w;
    (void)cache;
    (void)dy;
    (void)stash;
    (void)scratch;
    for (ptrdiff_t i = 0; dx && i < n; i++)
        dx[i] = (at[i] - item->targets[i]) / (sidle_real)item->rows;
}

const sidle_layer_ops sidle_test_mse_ops = {
    .kind = "test-mse",
    .setup = setup_mse,
    .done = done,
    .forward = forward_mse,
    .input_grad = input_grad_mse,
    .weight_grad = weight_grad_nothing,
};

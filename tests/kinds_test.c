/* kinds_test.c - linear, tanh, identity and squared loss, one file. */
#include "kinds_test.h"

#include "base/text.h"
#include "math/gemm.h"

#include <string.h>
#include <tgmath.h>

static ptrdiff_t width_in(const sidle_layer *layer)
{
    return ((const sidle_test_size *)layer->options)->in;
}

static ptrdiff_t width_out(const sidle_layer *layer)
{
    return ((const sidle_test_size *)layer->options)->out;
}

sidle_field sidle_test_field(const char *name, ptrdiff_t n)
{
    sidle_field field = {.type = 'f', .shape = {1, {n}}};

    sidle_text_format(field.name, sizeof(field.name), "%s", name);
    return field;
}

static sidle_status setup_sizes(sidle_layer *layer, const sidle_test_size *size)
{
    if (layer->in_shape.n_dims != 1 || layer->in_shape.dims[0] != size->in)
        return sidle_fail(SIDLE_EUSAGE, "%s: needs %td numbers a row",
                          layer->name, size->in);
    layer->out_shape = (sidle_shape){1, {size->out}};
    return SIDLE_OK;
}

static sidle_status setup_linear(sidle_layer *layer, const void *options)
{
    const sidle_test_size *size = options;
    char name[64];

    SIDLE_TRY(setup_sizes(layer, size));
    sidle_text_format(name, sizeof(name), "%s/weight", layer->path);
    sidle_layer_add_param(layer, name, size->out, size->in, size->in,
                          SIDLE_INIT_FAN_IN, 1);
    sidle_text_format(name, sizeof(name), "%s/bias", layer->path);
    sidle_layer_add_param(layer, name, size->out, 0, 0, SIDLE_INIT_ZERO, 0);
    layer->flops = 2.0 * (double)(layer->rows * size->in * size->out);
    return SIDLE_OK;
}

static void linear(const sidle_layer *layer, const sidle_call *call,
                   sidle_real *y)
{
    sidle_linear(call->item->rows, width_in(layer), width_out(layer), call->x,
                 call->w + layer->params[0].offset,
                 call->w + layer->params[1].offset, y);
}

static void linear_input_grad(const sidle_layer *layer, const sidle_call *call,
                              const sidle_real *dy)
{
    if (call->dx != NULL)
        sidle_linear_input_grad(
            call->item->rows, width_in(layer), width_out(layer), dy,
            call->w + layer->params[0].offset, (sidle_real)0, call->dx);
}

static void linear_weight_grad(const sidle_layer *layer, const sidle_call *call,
                               const sidle_real *dy)
{
    sidle_linear_weight_grad(
        call->item->rows, width_in(layer), width_out(layer), call->x, dy,
        call->dw + layer->params[0].offset, call->dw + layer->params[1].offset);
}

static void forward_linear(const sidle_layer *layer, const sidle_call *call)
{
    linear(layer, call, call->y);
}

static void input_grad_linear(const sidle_layer *layer, const sidle_call *call)
{
    linear_input_grad(layer, call, call->dy);
}

static void weight_grad_linear(const sidle_layer *layer, const sidle_call *call)
{
    linear_weight_grad(layer, call, call->dy);
}

const sidle_layer_ops sidle_test_linear_ops = {
    .kind = "test-linear",
    .options_size = sizeof(sidle_test_size),
    .setup = setup_linear,
    .forward = forward_linear,
    .input_grad = input_grad_linear,
    .weight_grad = weight_grad_linear,
};

/* tanh keeps its output, and stashes the gradient before the activation. */
static sidle_status setup_tanh(sidle_layer *layer, const void *options)
{
    SIDLE_TRY(setup_linear(layer, options));
    layer->cache = layer->stash = (size_t)(layer->rows * width_out(layer));
    return SIDLE_OK;
}

static void forward_tanh(const sidle_layer *layer, const sidle_call *call)
{
    ptrdiff_t n = call->item->rows * width_out(layer);

    linear(layer, call, call->cache);
    for (ptrdiff_t i = 0; i < n; i++)
        call->y[i] = call->cache[i] = tanh(call->cache[i]);
}

static void input_grad_tanh(const sidle_layer *layer, const sidle_call *call)
{
    ptrdiff_t n = call->item->rows * width_out(layer);

    for (ptrdiff_t i = 0; i < n; i++)
        call->stash[i] = call->dy[i] * (1 - call->cache[i] * call->cache[i]);
    linear_input_grad(layer, call, call->stash);
}

static void weight_grad_tanh(const sidle_layer *layer, const sidle_call *call)
{
    linear_weight_grad(layer, call, call->stash);
}

const sidle_layer_ops sidle_test_tanh_ops = {
    .kind = "test-tanh",
    .options_size = sizeof(sidle_test_size),
    .setup = setup_tanh,
    .forward = forward_tanh,
    .input_grad = input_grad_tanh,
    .weight_grad = weight_grad_tanh,
};

static sidle_status setup_equal(sidle_layer *layer, const void *options)
{
    const sidle_test_size *size = options;

    if (size->in != size->out)
        return sidle_fail(SIDLE_EUSAGE, "%s: in %td and out %td must be equal",
                          layer->name, size->in, size->out);
    return setup_sizes(layer, size);
}

static void forward_identity(const sidle_layer *layer, const sidle_call *call)
{
    memcpy(call->y, call->x, layer->in * sizeof(*call->y));
}

static void input_grad_identity(const sidle_layer *layer,
                                const sidle_call *call)
{
    if (call->dx != NULL)
        memcpy(call->dx, call->dy, layer->in * sizeof(*call->dx));
}

const sidle_layer_ops sidle_test_identity_ops = {
    .kind = "test-identity",
    .options_size = sizeof(sidle_test_size),
    .setup = setup_equal,
    .forward = forward_identity,
    .input_grad = input_grad_identity,
};

static sidle_status setup_mse(sidle_layer *layer, const void *options)
{
    sidle_field targets;

    SIDLE_TRY(setup_equal(layer, options));
    targets = sidle_test_field("targets", width_in(layer));
    sidle_layer_read(layer, targets.name, targets.type, &targets.shape);
    layer->out_shape = (sidle_shape){0};
    layer->targets = 1;
    return SIDLE_OK;
}

static void forward_mse(const sidle_layer *layer, const sidle_call *call)
{
    const sidle_real *targets = sidle_layer_field(layer, call->item, 0);
    ptrdiff_t n = call->item->rows * width_in(layer);
    double sum = 0.0, of_zero = 0.0;

    for (ptrdiff_t i = 0; i < n; i++) {
        double far = (double)call->x[i] - (double)targets[i];

        sum += far * far;
        of_zero += (double)targets[i] * (double)targets[i];
    }
    call->loss->sum += 0.5 * sum / (double)call->item->rows;
    call->loss->uninformed += 0.5 * of_zero / (double)call->item->rows;
    call->loss->n_targets += call->item->rows;
}

static void input_grad_mse(const sidle_layer *layer, const sidle_call *call)
{
    const sidle_real *targets = sidle_layer_field(layer, call->item, 0);
    ptrdiff_t n = call->item->rows * width_in(layer);

    for (ptrdiff_t i = 0; call->dx != NULL && i < n; i++)
        call->dx[i] = (call->x[i] - targets[i]) / (sidle_real)call->item->rows;
}

static const sidle_loss_kind mse = {.unit = "square a target"};

const sidle_layer_ops sidle_test_mse_ops = {
    .kind = "test-mse",
    .options_size = sizeof(sidle_test_size),
    .loss = &mse,
    .setup = setup_mse,
    .forward = forward_mse,
    .input_grad = input_grad_mse,
};

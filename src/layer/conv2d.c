/* conv2d.c - the kinds conv2d and conv2d_transpose: cross-correlation over the
 * places of a row (Y, X, C), and its adjoint.
 *
 * Source: Dumoulin and Visin, "A guide to convolution arithmetic for deep
 * learning", arXiv:1603.07285. Starts as He's, arXiv:1502.01852. */
#include "layer/kinds.h"

#include "base/text.h"
#include "math/conv.h"
#include "math/conv_grad.h"
#include "math/vector.h"

#include <stdlib.h>

typedef struct conv_options {
    ptrdiff_t channels, kernel[2], stride[2], padding[2];
    int bias;
} conv_options;

/* clang-format off */
#define COMMON_ROWS                                                            \
    {.name = "channels",                                                       \
     .type = SIDLE_OPTION_SIZE,                                                \
     SIDLE_OPTION_AT(conv_options, channels),                                  \
     .is_required = 1,                                                         \
     SIDLE_OPTION_RANGE(1, INT32_MAX),                                         \
     .help = "Channels of the output"},                                        \
    {.name = "kernel",                                                         \
     .type = SIDLE_OPTION_PAIR,                                                \
     SIDLE_OPTION_AT(conv_options, kernel),                                    \
     .standard = "3",                                                          \
     SIDLE_OPTION_RANGE(1, 65535),                                             \
     .help = "Places of the kernel, [y, x]"},                                  \
    {.name = "stride",                                                         \
     .type = SIDLE_OPTION_PAIR,                                                \
     SIDLE_OPTION_AT(conv_options, stride),                                    \
     .standard = "1",                                                          \
     SIDLE_OPTION_RANGE(1, 65535),                                             \
     .help = "Places from one position of the kernel to the next"},            \
    {.name = "bias",                                                           \
     .type = SIDLE_OPTION_FLAG,                                                \
     SIDLE_OPTION_AT(conv_options, bias),                                      \
     .standard = "true",                                                       \
     .help = "Add a bias to each channel"}
/* clang-format on */

static const sidle_option rows[] = {
    COMMON_ROWS,
    {.name = "padding",
     .type = SIDLE_OPTION_PAIR,
     SIDLE_OPTION_AT(conv_options, padding),
     .unset = "(kernel - 1) / 2, rounded down",
     SIDLE_OPTION_RANGE(0, 65535),
     .help = "Zeros at each side of the input"},
};

static const sidle_option transpose_rows[] = {
    COMMON_ROWS,
    {.name = "padding",
     .type = SIDLE_OPTION_PAIR,
     SIDLE_OPTION_AT(conv_options, padding),
     .standard = "0",
     SIDLE_OPTION_RANGE(0, 65535),
     .help = "Places that the output lacks at each side"},
};

/* Both kinds: the convolution of which one is the forward and the other the
 * adjoint, and where the parameters are. */
typedef struct conv_self {
    sidle_conv conv;
    ptrdiff_t weight, bias; /* offsets; a negative bias: none */
} conv_self;

/* Parameters and sizes are the same for both kinds, but for the order of the
 * weight's channels. */
static sidle_status finish(sidle_layer *layer, const conv_options *options,
                           const sidle_shape *weight, ptrdiff_t fan_in,
                           int is_matrix)
{
    conv_self *self = layer->self;
    const sidle_conv *conv = &self->conv;
    char name[64];
    int at;

    sidle_text_format(name, sizeof(name), "%s/weight", layer->path);
    at = sidle_layer_add_tensor(layer, name, weight, fan_in, SIDLE_INIT_HE,
                                is_matrix);
    self->weight = layer->params[at].offset;
    self->bias = -1;
    if (options->bias) {
        sidle_text_format(name, sizeof(name), "%s/bias", layer->path);
        at = sidle_layer_add_param(layer, name, options->channels, 0, 0,
                                   SIDLE_INIT_ZERO, 0);
        self->bias = layer->params[at].offset;
    }
    layer->scratch = sidle_conv_scratch(conv, layer->rows);
    layer->flops = 2.0 * (double)layer->rows * (double)conv->out_places[0] *
                   (double)conv->out_places[1] *
                   (double)sidle_shape_size(weight);
    return SIDLE_OK;
}

static sidle_status begin(sidle_layer *layer, const char *needs)
{
    if (layer->in_shape.n_dims != 3)
        return sidle_layer_refuse(layer, needs);
    layer->self = calloc(1, sizeof(conv_self));
    return layer->self != NULL
               ? SIDLE_OK
               : sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static const sidle_conv *conv_of(const sidle_layer *layer)
{
    return &((const conv_self *)layer->self)->conv;
}

static const sidle_real *bias_of(const sidle_layer *layer, const sidle_real *w)
{
    const conv_self *self = layer->self;

    return self->bias < 0 ? NULL : w + self->bias;
}

static sidle_real *weight_at(const sidle_layer *layer, sidle_real *w)
{
    return w + ((const conv_self *)layer->self)->weight;
}

static const sidle_real *weight_of(const sidle_layer *layer,
                                   const sidle_real *w)
{
    return w + ((const conv_self *)layer->self)->weight;
}

/* ---- conv2d */

static sidle_status refuse_small(const sidle_layer *layer,
                                 const conv_options *options)
{
    char needs[128];

    sidle_text_format(needs, sizeof(needs),
                      "with its padding of %td x %td at each side at least the "
                      "kernel's %td x %td places",
                      options->padding[0], options->padding[1],
                      options->kernel[0], options->kernel[1]);
    return sidle_layer_refuse(layer, needs);
}

static sidle_status setup(sidle_layer *layer, const void *given)
{
    conv_options options = *(const conv_options *)given;
    const ptrdiff_t *in = layer->in_shape.dims;
    sidle_conv *conv;

    SIDLE_TRY(begin(layer, "three dimensions, (Y, X, C)"));
    conv = &((conv_self *)layer->self)->conv;
    conv->in_channels = in[2];
    conv->out_channels = options.channels;
    for (int i = 0; i < 2; i++) {
        if (options.padding[i] < 0)
            options.padding[i] = (options.kernel[i] - 1) / 2;
        conv->in_places[i] = in[i];
        conv->kernel[i] = options.kernel[i];
        conv->stride[i] = options.stride[i];
        conv->padding[i] = options.padding[i];
        conv->out_places[i] =
            (in[i] + 2 * options.padding[i] - options.kernel[i]) /
                options.stride[i] +
            1;
    }
    for (int i = 0; i < 2; i++)
        if (in[i] + 2 * options.padding[i] < options.kernel[i])
            return refuse_small(layer, &options);
    layer->out_shape = (sidle_shape){
        3, {conv->out_places[0], conv->out_places[1], options.channels}};
    return finish(
        layer, &options,
        &(sidle_shape){
            4, {options.channels, options.kernel[0], options.kernel[1], in[2]}},
        options.kernel[0] * options.kernel[1] * in[2], 1);
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    sidle_conv_forward(conv_of(layer), layer->rows, call->x,
                       weight_of(layer, call->w), bias_of(layer, call->w),
                       call->y, call->scratch);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    if (call->dx != NULL)
        sidle_conv_adjoint(conv_of(layer), layer->rows, call->dy,
                           weight_of(layer, call->w), call->dx, call->scratch);
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    const conv_self *self = layer->self;

    sidle_conv_weight_grad(conv_of(layer), layer->rows, call->x, call->dy,
                           weight_at(layer, call->dw),
                           self->bias < 0 ? NULL : call->dw + self->bias,
                           call->scratch);
}

const sidle_layer_ops sidle_conv2d_ops = {
    .kind = "conv2d",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(conv_options),
    .setup = setup,
    .done = done,
    .forward = forward,
    .input_grad = input_grad,
    .weight_grad = weight_grad,
};

/* ---- conv2d_transpose: the convolution leads from its output to its input */

static sidle_status transpose_setup(sidle_layer *layer, const void *given)
{
    const conv_options *options = given;
    const ptrdiff_t *in = layer->in_shape.dims;
    sidle_conv *conv;

    SIDLE_TRY(begin(layer, "three dimensions, (Y, X, C)"));
    conv = &((conv_self *)layer->self)->conv;
    conv->in_channels = options->channels;
    conv->out_channels = in[2];
    for (int i = 0; i < 2; i++) {
        conv->out_places[i] = in[i];
        conv->kernel[i] = options->kernel[i];
        conv->stride[i] = options->stride[i];
        conv->padding[i] = options->padding[i];
        conv->in_places[i] = (in[i] - 1) * options->stride[i] -
                             2 * options->padding[i] + options->kernel[i];
    }
    if (conv->in_places[0] < 1 || conv->in_places[1] < 1)
        return sidle_layer_refuse(layer, "more places, or a smaller padding: "
                                         "nothing is left of the output");
    layer->out_shape = (sidle_shape){
        3, {conv->in_places[0], conv->in_places[1], options->channels}};
    return finish(layer, options,
                  &(sidle_shape){4,
                                 {in[2], options->kernel[0], options->kernel[1],
                                  options->channels}},
                  options->kernel[0] * options->kernel[1] * in[2], 0);
}

static void transpose_forward(const sidle_layer *layer, const sidle_call *call)
{
    const sidle_real *bias = bias_of(layer, call->w);
    const ptrdiff_t channels = conv_of(layer)->in_channels;

    sidle_conv_adjoint(conv_of(layer), layer->rows, call->x,
                       weight_of(layer, call->w), call->y, call->scratch);
    if (bias != NULL)
        sidle_add_rows((ptrdiff_t)layer->out / channels, channels, bias,
                       call->y);
}

static void transpose_input_grad(const sidle_layer *layer,
                                 const sidle_call *call)
{
    if (call->dx != NULL)
        sidle_conv_forward(conv_of(layer), layer->rows, call->dy,
                           weight_of(layer, call->w), NULL, call->dx,
                           call->scratch);
}

static void transpose_weight_grad(const sidle_layer *layer,
                                  const sidle_call *call)
{
    const conv_self *self = layer->self;
    const ptrdiff_t channels = self->conv.in_channels;

    sidle_conv_weight_grad(&self->conv, layer->rows, call->dy, call->x,
                           weight_at(layer, call->dw), NULL, call->scratch);
    if (self->bias >= 0)
        sidle_add_column_sums((ptrdiff_t)layer->out / channels, channels,
                              call->dy, call->dw + self->bias);
}

const sidle_layer_ops sidle_conv2d_transpose_ops = {
    .kind = "conv2d_transpose",
    .rows = transpose_rows,
    .n_rows = sizeof(transpose_rows) / sizeof(transpose_rows[0]),
    .options_size = sizeof(conv_options),
    .setup = transpose_setup,
    .done = done,
    .forward = transpose_forward,
    .input_grad = transpose_input_grad,
    .weight_grad = transpose_weight_grad,
};

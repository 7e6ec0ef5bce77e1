/* pointwise.c - kinds that apply one function to every number: relu, gelu,
 * sq_relu, tanh. The gradient is taken at the input, so nothing is kept. */
#include "layer/kinds.h"

#include "math/activation.h"

static sidle_status setup(sidle_layer *layer, const void *options)
{
    (void)options;
    if (layer->in_shape.n_dims == 0)
        return sidle_layer_refuse(layer, "at least one dimension");
    layer->out_shape = layer->in_shape;
    return SIDLE_OK;
}

static void apply(sidle_activation function, const sidle_layer *layer,
                  const sidle_call *call)
{
    sidle_activate(function, (ptrdiff_t)layer->in, call->x, call->y);
}

static void apply_grad(sidle_activation function, const sidle_layer *layer,
                       const sidle_call *call)
{
    if (call->dx != NULL)
        sidle_activate_grad(function, (ptrdiff_t)layer->in, call->x, call->dy,
                            call->dx);
}

/* A kind for each function: the table finds it by its name. */
#define POINTWISE(name, function)                                              \
    static void name##_forward(const sidle_layer *layer,                       \
                               const sidle_call *call)                         \
    {                                                                          \
        apply(function, layer, call);                                          \
    }                                                                          \
    static void name##_input_grad(const sidle_layer *layer,                    \
                                  const sidle_call *call)                      \
    {                                                                          \
        apply_grad(function, layer, call);                                     \
    }                                                                          \
    const sidle_layer_ops sidle_##name##_ops = {                               \
        .kind = #name,                                                         \
        .setup = setup,                                                        \
        .forward = name##_forward,                                             \
        .input_grad = name##_input_grad,                                       \
    }

POINTWISE(relu, SIDLE_RELU);
POINTWISE(gelu, SIDLE_GELU);
POINTWISE(sq_relu, SIDLE_SQ_RELU);
POINTWISE(tanh, SIDLE_TANH);

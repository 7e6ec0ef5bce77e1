/* skip.c - a layer that merges its input with the output of an earlier unit:
 * their sum, or both along channels, the input first.
 *
 * Its chain passes the output of that unit as call->side, and adds the gradient
 * call->dside to that of the unit's output (chain.c). */
#include "layer/kinds.h"

#include "base/text.h"
#include "math/vector.h"

#include <stdlib.h>
#include <string.h>

enum { ADD, CONCAT };

static const char *const merges[] = {"add", "concat"};

typedef struct skip_options {
    char from[48];
    int merge;
} skip_options;

static const sidle_option rows[] = {
    {.name = "from",
     .type = SIDLE_OPTION_TEXT,
     SIDLE_OPTION_AT(skip_options, from),
     .is_required = 1,
     .help = "An earlier unit, for example layer.002; its output is merged "
             "with the input"},
    {.name = "merge",
     .type = SIDLE_OPTION_ENUM,
     SIDLE_OPTION_AT(skip_options, merge),
     .standard = "add",
     .words = merges,
     .n_words = 2,
     .n_available = 2,
     .help = "add: the sum, of equal shapes; concat: both along channels, the "
             "input first"},
};

/* ---- setup */

static sidle_status refuse_from(const sidle_layer *layer, const char *from)
{
    const sidle_layer *earlier = layer->earlier;
    int n = layer->n_earlier;

    if (earlier == NULL)
        return sidle_fail(SIDLE_EUSAGE,
                          "unit \"%s\" (skip) stands inside another unit; a "
                          "skip can only stand in the list of the model",
                          layer->name);
    if (n == 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "unit \"%s\" (skip) is the first unit; a skip needs "
                          "an earlier unit to take the output of",
                          layer->name);
    return sidle_fail(SIDLE_EUSAGE,
                      "unit \"%s\" (skip) takes the output of \"%s\", which is "
                      "no earlier unit; use \"%s\" to \"%s\"",
                      layer->name, from, earlier[0].name, earlier[n - 1].name);
}

/* The unit called `from`, of those before the layer. */
static sidle_status find_from(sidle_layer *layer, const char *from)
{
    for (int k = 0; k < layer->n_earlier; k++)
        if (strcmp(layer->earlier[k].name, from) == 0) {
            layer->back = layer->n_earlier - k;
            layer->side_shape = layer->earlier[k].out_shape;
            return SIDLE_OK;
        }
    return refuse_from(layer, from);
}

/* Equal shapes, or, for concat, equal but for the channels. */
static int is_fitting(const sidle_shape *a, const sidle_shape *b, int merge)
{
    sidle_shape b_of_a = *b;

    if (merge == CONCAT && a->n_dims > 0 && a->n_dims == b->n_dims)
        b_of_a.dims[b->n_dims - 1] = a->dims[a->n_dims - 1];
    return sidle_shape_equal(a, &b_of_a);
}

static sidle_status check_shapes(const sidle_layer *layer,
                                 const skip_options *options)
{
    char got[64], side[64];

    if (is_fitting(&layer->in_shape, &layer->side_shape, options->merge))
        return SIDLE_OK;
    sidle_shape_print(&layer->in_shape, got, sizeof(got));
    sidle_shape_print(&layer->side_shape, side, sizeof(side));
    return sidle_fail(SIDLE_EUSAGE,
                      "unit \"%s\" (skip) gets an input of shape %s, the "
                      "output of \"%s\" has shape %s; merge %s needs equal "
                      "shapes%s",
                      layer->name, got, options->from, side,
                      merges[options->merge],
                      options->merge == CONCAT ? " but for the channels" : "");
}

static sidle_status setup(sidle_layer *layer, const void *given)
{
    const skip_options *options = given;

    SIDLE_TRY(find_from(layer, options->from));
    SIDLE_TRY(check_shapes(layer, options));
    layer->side = (size_t)layer->rows * sidle_shape_size(&layer->side_shape);
    layer->out_shape = layer->in_shape;
    if (options->merge == CONCAT) {
        int last = layer->in_shape.n_dims - 1;

        layer->out_shape.dims[last] += layer->side_shape.dims[last];
    }
    layer->flops = options->merge == ADD ? (double)layer->in : 0.0;
    return SIDLE_OK;
}

/* ---- the two merges */

static int merge_of(const sidle_layer *layer)
{
    const skip_options *options = layer->options;

    return options->merge;
}

/* Channels of the input, and of the other unit's output. */
static ptrdiff_t channels_of(const sidle_shape *shape)
{
    return shape->dims[shape->n_dims - 1];
}

/* Copy `n` of every `from_step` values to `n` of every `to_step` ones. */
static void copy_strided(size_t groups, ptrdiff_t n, const sidle_real *from,
                         ptrdiff_t from_step, sidle_real *to, ptrdiff_t to_step)
{
    for (size_t g = 0; g < groups; g++, from += from_step, to += to_step)
        memcpy(to, from, (size_t)n * sizeof(*to));
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    ptrdiff_t c = channels_of(&layer->in_shape);
    ptrdiff_t more = channels_of(&layer->side_shape);
    size_t groups = layer->in / (size_t)c;

    if (merge_of(layer) == ADD) {
        memcpy(call->y, call->x, layer->in * sizeof(*call->y));
        sidle_add((ptrdiff_t)layer->in, call->side, call->y);
        return;
    }
    copy_strided(groups, c, call->x, c, call->y, c + more);
    copy_strided(groups, more, call->side, more, call->y + c, c + more);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    ptrdiff_t c = channels_of(&layer->in_shape), step = c;
    ptrdiff_t more = channels_of(&layer->side_shape), at = 0;
    size_t groups = layer->in / (size_t)c;

    if (merge_of(layer) == CONCAT) {
        step = c + more;
        at = c;
    }
    if (call->dx != NULL)
        copy_strided(groups, c, call->dy, step, call->dx, c);
    if (call->dside != NULL)
        copy_strided(groups, more, call->dy + at, step, call->dside, more);
}

const sidle_layer_ops sidle_skip_ops = {
    .kind = "skip",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(skip_options),
    .setup = setup,
    .forward = forward,
    .input_grad = input_grad,
};

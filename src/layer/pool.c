/* pool.c - the kinds max_pool and avg_pool: windows over the places of a row
 * (Y, X, C), each channel by itself, without padding. */
#include "layer/kinds.h"

#include "math/vector.h"

#include <stdlib.h>
#include <string.h>

typedef struct pool_options {
    ptrdiff_t size[2], stride[2];
} pool_options;

static const sidle_option rows[] = {
    {.name = "size",
     .type = SIDLE_OPTION_PAIR,
     SIDLE_OPTION_AT(pool_options, size),
     .is_required = 1,
     SIDLE_OPTION_RANGE(1, 65535),
     .help = "Places of a window, [y, x]"},
    {.name = "stride",
     .type = SIDLE_OPTION_PAIR,
     SIDLE_OPTION_AT(pool_options, stride),
     .unset = "size",
     SIDLE_OPTION_RANGE(1, 65535),
     .help = "Places from one window to the next"},
};

static sidle_status setup(sidle_layer *layer, const void *given)
{
    const ptrdiff_t *in = layer->in_shape.dims;
    pool_options *self;

    if (layer->in_shape.n_dims != 3)
        return sidle_layer_refuse(layer, "three dimensions, (Y, X, C)");
    self = malloc(sizeof(*self));
    if (self == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = self;
    *self = *(const pool_options *)given;
    layer->out_shape = layer->in_shape;
    for (int i = 0; i < 2; i++) {
        if (in[i] < self->size[i])
            return sidle_layer_refuse(layer,
                                      "at least as many places as its size");
        if (self->stride[i] < 0)
            self->stride[i] = self->size[i];
        layer->out_shape.dims[i] =
            (in[i] - self->size[i]) / self->stride[i] + 1;
    }
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

/* ---- windows */

static ptrdiff_t channels_of(const sidle_layer *layer)
{
    return layer->in_shape.dims[2];
}

static ptrdiff_t windows_of(const sidle_layer *layer)
{
    return (ptrdiff_t)layer->rows * layer->out_shape.dims[0] *
           layer->out_shape.dims[1];
}

static ptrdiff_t taps_of(const sidle_layer *layer)
{
    const pool_options *self = layer->self;

    return self->size[0] * self->size[1];
}

/* Offset of the first tap of a window, counted through all rows, in x. */
static ptrdiff_t offset_of(const sidle_layer *layer, ptrdiff_t window)
{
    const pool_options *self = layer->self;
    const ptrdiff_t *in = layer->in_shape.dims, *out = layer->out_shape.dims;
    ptrdiff_t row = window / (out[0] * out[1]);
    ptrdiff_t y = window / out[1] % out[0] * self->stride[0];
    ptrdiff_t x = window % out[1] * self->stride[1];

    return ((row * in[0] + y) * in[1] + x) * in[2];
}

/* Offset of the next tap, behind tap `tap` at offset `at`. */
static ptrdiff_t next_tap(const sidle_layer *layer, ptrdiff_t tap, ptrdiff_t at)
{
    const ptrdiff_t *in = layer->in_shape.dims;
    const ptrdiff_t width = ((const pool_options *)layer->self)->size[1];
    const int is_line_end = tap % width == width - 1;

    return at + in[2] * (is_line_end ? in[1] - width + 1 : 1);
}

/* ---- max_pool: the cache holds the tap of each maximum */

static sidle_status max_setup(sidle_layer *layer, const void *given)
{
    SIDLE_TRY(setup(layer, given));
    layer->cache = (size_t)layer->rows * sidle_shape_size(&layer->out_shape);
    return SIDLE_OK;
}

/* Take x where it is larger, or not a number: that must not get lost. Without
 * a branch, which would be mispredicted half of the time. */
static void take_larger(ptrdiff_t n, const sidle_real *x, sidle_real tap,
                        sidle_real *y, sidle_real *at)
{
    for (ptrdiff_t c = 0; c < n; c++) {
        sidle_real new = x[c], old = y[c], of_old = at[c];
        int is_larger = !(new <= old) & (old == old);

        at[c] = is_larger ? tap : of_old;
        y[c] = is_larger ? new : old;
    }
}

static void max_forward(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t n = channels_of(layer), taps = taps_of(layer);

    for (ptrdiff_t i = 0; i < windows_of(layer); i++) {
        sidle_real *y = call->y + i * n, *at = call->cache + i * n;
        ptrdiff_t from = offset_of(layer, i);

        memcpy(y, call->x + from, (size_t)n * sizeof(*y));
        memset(at, 0, (size_t)n * sizeof(*at));
        for (ptrdiff_t tap = 1; tap < taps; tap++) {
            from = next_tap(layer, tap - 1, from);
            take_larger(n, call->x + from, (sidle_real)tap, y, at);
        }
    }
}

static void add_where(ptrdiff_t n, const sidle_real *at, sidle_real tap,
                      const sidle_real *dy, sidle_real *dx)
{
    for (ptrdiff_t c = 0; c < n; c++) {
        sidle_real g = dy[c]; /* read in any case: the loop has no branch */

        dx[c] += at[c] == tap ? g : 0;
    }
}

static void max_input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t n = channels_of(layer), taps = taps_of(layer);

    if (call->dx == NULL)
        return;
    memset(call->dx, 0, layer->in * sizeof(*call->dx));
    for (ptrdiff_t i = 0; i < windows_of(layer); i++) {
        ptrdiff_t to = offset_of(layer, i);

        for (ptrdiff_t tap = 0; tap < taps; tap++) {
            add_where(n, call->cache + i * n, (sidle_real)tap, call->dy + i * n,
                      call->dx + to);
            to = next_tap(layer, tap, to);
        }
    }
}

const sidle_layer_ops sidle_max_pool_ops = {
    .kind = "max_pool",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(pool_options),
    .setup = max_setup,
    .done = done,
    .forward = max_forward,
    .input_grad = max_input_grad,
};

/* ---- avg_pool */

static void avg_forward(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t n = channels_of(layer), taps = taps_of(layer);

    memset(call->y, 0, layer->out * sizeof(*call->y));
    for (ptrdiff_t i = 0; i < windows_of(layer); i++) {
        ptrdiff_t from = offset_of(layer, i);

        for (ptrdiff_t tap = 0; tap < taps; tap++) {
            sidle_add(n, call->x + from, call->y + i * n);
            from = next_tap(layer, tap, from);
        }
    }
    sidle_scale((ptrdiff_t)layer->out, 1 / (sidle_real)taps, call->y);
}

static void avg_input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const ptrdiff_t n = channels_of(layer), taps = taps_of(layer);

    if (call->dx == NULL)
        return;
    memset(call->dx, 0, layer->in * sizeof(*call->dx));
    for (ptrdiff_t i = 0; i < windows_of(layer); i++) {
        ptrdiff_t to = offset_of(layer, i);

        for (ptrdiff_t tap = 0; tap < taps; tap++) {
            sidle_add_scaled(n, 1 / (sidle_real)taps, call->dy + i * n,
                             call->dx + to);
            to = next_tap(layer, tap, to);
        }
    }
}

const sidle_layer_ops sidle_avg_pool_ops = {
    .kind = "avg_pool",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(pool_options),
    .setup = setup,
    .done = done,
    .forward = avg_forward,
    .input_grad = avg_input_grad,
};

/* mse.c - loss of real numbers: the mean of squares over a row's elements.
 *
 * Reads the field "next": the row's target, of the input's shape. A row whose
 * item says that none of its targets count has no loss. */
#include "layer/kinds.h"

#include <math.h>
#include <string.h>

typedef struct mse_options {
    int64_t ahead;
} mse_options;

static const sidle_option rows[] = {
    {.name = "ahead",
     .type = SIDLE_OPTION_INT,
     SIDLE_OPTION_AT(mse_options, ahead),
     .standard = "0",
     SIDLE_OPTION_RANGE(0, 1000000),
     .help = "Frames by which the target is ahead of the input, in its clip"},
};

static sidle_status setup(sidle_layer *layer, const void *options)
{
    (void)options; /* how far ahead is the source's business */
    if (layer->in_shape.n_dims == 0)
        return sidle_layer_refuse(layer, "at least one dimension");
    layer->targets = 1;
    sidle_layer_read(layer, "next", 'f', &layer->in_shape);
    return SIDLE_OK;
}

static int counts(const sidle_item *item, ptrdiff_t row)
{
    return item->scored == NULL || item->scored[row] > 0;
}

static ptrdiff_t row_size(const sidle_layer *layer)
{
    return (ptrdiff_t)layer->in / layer->rows;
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const sidle_real *next = sidle_layer_field(layer, call->item, 0);
    ptrdiff_t n = row_size(layer);

    for (ptrdiff_t b = 0; b < layer->rows; b++) {
        double sum = 0.0, of_zero = 0.0; /* who knows nothing says 0 */

        if (!counts(call->item, b))
            continue;
        for (ptrdiff_t i = b * n; i < (b + 1) * n; i++) {
            double far = (double)call->x[i] - (double)next[i];

            sum += far * far;
            of_zero += (double)next[i] * (double)next[i];
        }
        call->loss->sum += sum / (double)n;
        call->loss->uninformed += of_zero / (double)n;
        call->loss->n_targets++;
    }
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const sidle_real *next = sidle_layer_field(layer, call->item, 0);
    ptrdiff_t n = row_size(layer);
    sidle_real weight = (sidle_real)(2.0 * call->grad_weight / (double)n);

    for (ptrdiff_t b = 0; call->dx != NULL && b < layer->rows; b++) {
        sidle_real of_row = counts(call->item, b) ? weight : 0;

        for (ptrdiff_t i = b * n; i < (b + 1) * n; i++)
            /* Not 0 * (x - next), which is NaN where x is not finite. */
            call->dx[i] = of_row == 0 ? 0 : of_row * (call->x[i] - next[i]);
    }
}

static const sidle_loss_kind loss = {.unit = "squared error a target"};

const sidle_layer_ops sidle_mse_ops = {
    .kind = "mse",
    .rows = rows,
    .n_rows = sizeof(rows) / sizeof(rows[0]),
    .options_size = sizeof(mse_options),
    .loss = &loss,
    .setup = setup,
    .forward = forward,
    .input_grad = input_grad,
};

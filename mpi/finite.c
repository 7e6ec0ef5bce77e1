/* finite.c - looking for numbers that are not finite, or of no use. */
#include "mpi/finite.h"

#include "math/vector.h"

#include <math.h>

const char *sidle_finite_bad_tensor(const sidle_block *block,
                                    const sidle_real *array)
{
    for (int l = 0; l < block->n_layers; l++) {
        int layer = block->first_layer + l;
        const sidle_layer *of = &block->model->layers[layer];

        for (int p = 0; p < of->n_params; p++) {
            const sidle_param *param = &of->params[p];

            if (!sidle_all_finite(
                    param->count,
                    array + sidle_block_param_offset(block, layer, p)))
                return param->name;
        }
    }
    return NULL;
}

int sidle_finite_is_plausible(const sidle_station *s)
{
    const sidle_loss *loss = &s->block->loss;
    double n = (double)loss->n_targets;
    double nothing = n * sidle_model_uninformed(s->block->model);

    if (isnan(nothing)) /* it depends on the targets */
        nothing = loss->uninformed;
    return n > 0.0 && loss->sum <= 10.0 * n + 2.0 * nothing;
}

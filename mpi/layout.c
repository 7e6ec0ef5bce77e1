/* layout.c - of what a block is made, by plan and model. */
#include "mpi/layout.h"

#include "base/arena.h"

#include <stdlib.h>

sidle_block_room sidle_layout_room(const sidle_runner_config *config, int block)
{
    const sidle_plan *plan = config->plan;

    return (sidle_block_room){.n_slots = sidle_plan_slots(plan, block),
                              .n_versions = sidle_plan_versions(plan, block),
                              .n_stashes = sidle_plan_stashes(plan, block),
                              .is_stashed = plan->schedule->is_stashed,
                              .horizon = config->optim->predict
                                             ? sidle_plan_delay(plan, block)
                                             : 0.0};
}

sidle_optim_config sidle_layout_optim(const sidle_runner_config *config,
                                      int block)
{
    sidle_optim_config optim = *config->optim;

    optim.delay = sidle_plan_delay(config->plan, block);
    optim.n_blocks = config->plan->n_blocks;
    if (config->block_lr == NULL)
        return optim;
    optim.lr = config->block_lr[block - 1];
    if (config->optim->lr > 0.0)
        optim.matrix_lr *= optim.lr / config->optim->lr;
    return optim;
}

sidle_skip sidle_layout_skip(const sidle_runner_config *config, int edge)
{
    int i = edge - (config->plan->n_blocks - 1);

    if (i < 0)
        return (sidle_skip){.unit = -1, .from = -1};
    return sidle_skips_at(config->model, config->partition, i);
}

int sidle_layout_is_inner(const sidle_runner_config *config, int edge)
{
    sidle_skip skip = sidle_layout_skip(config, edge);

    return skip.unit >= 0 &&
           skip.from < config->partition->first[skip.from_block] - 1;
}

int sidle_layout_ring(const sidle_runner_config *config, int edge)
{
    int to = sidle_plan_edge(config->plan, edge).to;

    return 1 + sidle_plan_forward_lag(config->plan, to) -
           sidle_plan_act_lag(config->plan, edge);
}

size_t sidle_layout_payload(const sidle_runner_config *config, int edge)
{
    int to = sidle_plan_edge(config->plan, edge).to;
    sidle_skip skip = sidle_layout_skip(config, edge);

    return skip.unit >= 0
               ? config->model->layers[skip.unit].side
               : config->model->layers[config->partition->first[to - 1]].in;
}

size_t sidle_layout_padded(const sidle_runner_config *config, int edge)
{
    size_t bytes = sidle_layout_payload(config, edge) * sizeof(sidle_real);

    return sidle_arena_round(bytes) / sizeof(sidle_real);
}

static int count_params(const sidle_layer *layers, int n)
{
    int count = 0;

    for (int l = 0; l < n; l++)
        count += layers[l].n_params;
    return count;
}

sidle_segment sidle_layout_segment(const sidle_param *param, ptrdiff_t offset)
{
    /* A tensor of more dimensions is a matrix of its first one by the rest. */
    return (sidle_segment){.offset = offset + param->offset,
                           .rows = param->dims[0],
                           .cols = param->count / param->dims[0],
                           .n_dims = param->n_dims > 1 ? 2 : 1,
                           .is_matrix = param->is_matrix};
}

sidle_status sidle_layout_segments(const sidle_model *model, int first_layer,
                                   int n_layers, sidle_segment **segments_p,
                                   int *n_segments_p)
{
    const sidle_layer *layers = &model->layers[first_layer];
    int n = count_params(layers, n_layers), i = 0;
    /* One more: without parameters calloc of nothing might answer NULL. */
    sidle_segment *segments = calloc((size_t)n + 1, sizeof(*segments));
    ptrdiff_t at = 0;

    if (segments == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d segments", n);
    for (int l = 0; l < n_layers; l++) {
        for (int p = 0; p < layers[l].n_params; p++)
            segments[i++] = sidle_layout_segment(&layers[l].params[p], at);
        at += (ptrdiff_t)layers[l].weights;
    }
    *segments_p = segments;
    *n_segments_p = n;
    return SIDLE_OK;
}

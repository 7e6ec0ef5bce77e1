/* forecast.c - the sizes of a rank's arenas, added up. */
#include "mpi/forecast.h"

#include "mpi/station.h"
#include "mpi/sum.h"

#include <stdlib.h>

static int first_layer(const sidle_partition *partition, int block)
{
    return partition->first[block - 1];
}

static int n_layers(const sidle_partition *partition, int block)
{
    return partition->first[block] - partition->first[block - 1];
}

sidle_block_room sidle_forecast_room(const sidle_runner_config *config,
                                     int block)
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

sidle_optim_config sidle_forecast_optim(const sidle_runner_config *config,
                                        int block)
{
    sidle_optim_config optim = *config->optim;

    optim.delay = sidle_plan_delay(config->plan, block);
    optim.n_blocks = config->plan->n_blocks;
    return optim;
}

static int count_params(const sidle_layer *layers, int n)
{
    int count = 0;

    for (int l = 0; l < n; l++)
        count += layers[l].n_params;
    return count;
}

static sidle_segment segment_of(const sidle_param *param, ptrdiff_t layer_at)
{
    return (sidle_segment){.offset = layer_at + param->offset,
                           .rows = param->dims[0],
                           .cols = param->n_dims == 2 ? param->dims[1] : 1,
                           .n_dims = param->n_dims,
                           .is_matrix = param->is_matrix};
}

sidle_status sidle_forecast_segments(const sidle_model *model, int first_layer,
                                     int n_layers, sidle_segment **segments_p,
                                     int *n_segments_p)
{
    const sidle_layer *layers = &model->layers[first_layer];
    int n = count_params(layers, n_layers), i = 0;
    sidle_segment *segments = calloc((size_t)n + 1, sizeof(*segments));
    ptrdiff_t at = 0;

    if (segments == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d segments", n);
    for (int l = 0; l < n_layers; l++) {
        for (int p = 0; p < layers[l].n_params; p++)
            segments[i++] = segment_of(&layers[l].params[p], at);
        at += (ptrdiff_t)layers[l].weights;
    }
    *segments_p = segments;
    *n_segments_p = n;
    return SIDLE_OK;
}

size_t sidle_gradients_bytes(const sidle_model *model,
                             const sidle_partition *partition,
                             const sidle_plan *plan, int block)
{
    size_t n = (size_t)sidle_plan_stashes(plan, block);
    size_t rows = (size_t)model->rows;
    size_t dy =
        model->layers[partition->first[block] - 1].out * sizeof(sidle_real);
    size_t squares = (size_t)(plan->n_blocks - block + 1) * sizeof(double);

    if (block == plan->n_blocks)
        dy = 0;
    return sidle_arena_round(n * sizeof(sidle_gradient)) +
           n * (sidle_arena_round(rows * sizeof(int32_t)) +
                sidle_arena_round(rows * sizeof(int64_t)) +
                sidle_arena_round(dy)) +
           sidle_arena_round(squares);
}

/* Reals of one version of a block's weights. */
static size_t weights_of(const sidle_runner_config *config, int block)
{
    const int *first = config->partition->first;
    size_t count = 0;

    for (int l = first[block - 1]; l < first[block]; l++)
        count += config->model->layers[l].weights;
    return count;
}

static size_t optimizer_bytes(const sidle_runner_config *config, int block)
{
    sidle_optim_config optim = sidle_forecast_optim(config, block);
    sidle_segment *segments;
    size_t bytes;
    int n;

    SIDLE_CHECK(sidle_forecast_segments(config->model,
                                        first_layer(config->partition, block),
                                        n_layers(config->partition, block),
                                        &segments, &n) == SIDLE_OK,
                "%s", sidle_fail_text());
    bytes = sidle_optim_bytes(&optim, segments, n,
                              (ptrdiff_t)weights_of(config, block));
    free(segments);
    return sidle_arena_size(bytes);
}

static size_t sums_bytes(const sidle_runner_config *config, int block)
{
    if (config->n_replicas < 2)
        return 0;
    return sidle_arena_size(
        sidle_sum_bytes(weights_of(config, block), config->n_replicas));
}

/* Of the link between `left` and the next block; 0 outside of the model. */
static size_t link_bytes(const sidle_runner_config *config, int left)
{
    const sidle_model *model = config->model;

    if (left < 1 || left >= config->plan->n_blocks)
        return 0;
    return sidle_link_bytes(
        (int)model->rows,
        model->layers[first_layer(config->partition, left + 1)].in);
}

static void add_block(const sidle_runner_config *config, int block,
                      sidle_forecast *sum)
{
    const sidle_model *model = config->model;
    const sidle_partition *partition = config->partition;
    const sidle_plan *plan = config->plan;
    sidle_block_room room = sidle_forecast_room(config, block);
    int first = first_layer(partition, block), n = n_layers(partition, block);
    sidle_block_memory memory = sidle_block_forecast(model, first, n, &room);

    for (int l = first; l < first + n; l++)
        for (int p = 0; p < model->layers[l].n_params; p++)
            sum->parameters += (int64_t)model->layers[l].params[p].count;
    sum->blocks.weights += memory.weights;
    sum->blocks.gradients += memory.gradients;
    sum->blocks.activations += memory.activations;
    sum->blocks.scratch += memory.scratch;
    sum->optimizer += optimizer_bytes(config, block);
    sum->sums += sums_bytes(config, block);
    sum->messages += link_bytes(config, block);
    sum->gradients +=
        sidle_arena_size(sidle_gradients_bytes(model, partition, plan, block));
    sum->checkpoint +=
        sidle_arena_size(sidle_copies_bytes(model, partition, plan, block));
}

sidle_forecast sidle_forecast_rank(const sidle_runner_config *config,
                                   int n_ranks, int rank)
{
    sidle_forecast sum = {0};
    int firsts[SIDLE_MAX_BLOCKS + 1], first;

    sidle_partition_ranks(config->model, config->partition, n_ranks, firsts);
    first = firsts[rank];
    sum.first = first + 1;
    sum.last = firsts[rank + 1];
    sum.messages = link_bytes(config, first); /* to the rank before */
    for (int block = sum.first; block <= sum.last; block++)
        add_block(config, block, &sum);
    sum.trace = config->trace_items > 0
                    ? sidle_arena_size(sidle_trace_bytes(
                          config->plan, sum.first, sum.last - first,
                          config->trace_items))
                    : 0;
    sum.total = sum.blocks.weights + sum.blocks.gradients +
                sum.blocks.activations + sum.blocks.scratch + sum.optimizer +
                sum.messages + sum.gradients + sum.checkpoint + sum.sums +
                sum.trace;
    return sum;
}

/* forecast.c - the sizes of a rank's arenas, added up. */
#include "mpi/forecast.h"

#include "mpi/layout.h"
#include "mpi/state_inside.h"

#include "model/block_probe.h"

#include <stdlib.h>

static int n_layers(const sidle_partition *partition, int block)
{
    return partition->first[block] - partition->first[block - 1];
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
    sidle_optim_config optim = sidle_layout_optim(config, block);
    sidle_segment *segments;
    size_t bytes;
    int n;

    SIDLE_CHECK(sidle_layout_segments(config->model,
                                      config->partition->first[block - 1],
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

static size_t gradients_bytes(const sidle_runner_config *config, int block)
{
    sidle_carve measure = sidle_carve_of(NULL);
    sidle_places places;

    /* What reserves them measures them: the two cannot differ. */
    sidle_station_carve(&measure, config, block, &places);
    return sidle_arena_size(sidle_carve_total(&measure));
}

static size_t copies_bytes(const sidle_runner_config *config, int block)
{
    sidle_carve measure = sidle_carve_of(NULL);
    copies of;

    sidle_copies_carve(&measure, config, block, &of);
    return sidle_arena_size(sidle_carve_total(&measure));
}

/* Of the links of all edges that end at a block of the rank. */
static size_t links_bytes(const sidle_runner_config *config, int first,
                          int last)
{
    size_t bytes = 0;

    for (int e = 0; e < sidle_plan_n_edges(config->plan); e++) {
        sidle_edge edge = sidle_plan_edge(config->plan, e);

        if ((edge.from >= first && edge.from <= last) ||
            (edge.to >= first && edge.to <= last))
            bytes += sidle_link_bytes((int)config->model->rows,
                                      sidle_layout_payload(config, e));
    }
    /* Evaluations have links of their own. */
    return sidle_plan_has_skips(config->plan) ? 2 * bytes : bytes;
}

static void add_block(const sidle_runner_config *config, int block,
                      sidle_forecast *sum)
{
    const sidle_model *model = config->model;
    const sidle_partition *partition = config->partition;
    sidle_block_room room = sidle_layout_room(config, block);
    int first = partition->first[block - 1], n = n_layers(partition, block);
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
    sum->gradients += gradients_bytes(config, block);
    sum->checkpoint += copies_bytes(config, block);
    if (config->staleness > 0)
        sum->probe +=
            sidle_arena_size(sidle_block_probe_bytes(model, first, n));
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
    sum.messages = links_bytes(config, sum.first, sum.last);
    for (int block = sum.first; block <= sum.last; block++)
        add_block(config, block, &sum);
    sum.trace = config->trace_items > 0
                    ? sidle_arena_size(sidle_tracer_bytes(
                          config->plan, sum.first, sum.last - first,
                          config->trace_items))
                    : 0;
    sum.total = sum.blocks.weights + sum.blocks.gradients +
                sum.blocks.activations + sum.blocks.scratch + sum.optimizer +
                sum.messages + sum.gradients + sum.checkpoint + sum.sums +
                sum.trace + sum.probe;
    return sum;
}

/* station_open.c - what a block needs to work: weights, an optimizer, places
 * for its gradients, and their sum over the replicas. */
#include "mpi/station_open.h"

#include "mpi/layout.h"

#include <stdlib.h>

_Static_assert(sizeof(sidle_real) == sizeof(float),
               "links carry floats, and blocks compute on them in place");

/* The optimizer's view of a block: one segment a parameter tensor. */
static sidle_status open_optim(sidle_station *s)
{
    const sidle_block *block = s->block;
    sidle_optim_config optim =
        sidle_layout_optim(&s->runner->config, block->index);

    SIDLE_TRY(sidle_layout_segments(block->model, block->first_layer,
                                    block->n_layers, &s->segments,
                                    &s->n_segments));
    return sidle_optim_new(&optim, s->segments, s->n_segments,
                           (ptrdiff_t)block->weights, &s->optim);
}

static sidle_status open_gradients(sidle_station *s)
{
    const sidle_runner_config *config = &s->runner->config;
    int block = s->block->index;
    sidle_carve measure = sidle_carve_of(NULL), carve;
    sidle_places places;
    size_t bytes;

    sidle_station_carve(&measure, config, block, &places);
    bytes = sidle_carve_total(&measure);
    SIDLE_TRY(sidle_arena_new("gradients on their way", bytes, &s->arena));
    carve = sidle_carve_of(sidle_arena_take(s->arena, bytes));
    sidle_station_carve(&carve, config, block, &places);
    s->gradients = places.gradients;
    s->squares = places.squares;
    s->dys = places.dys;
    s->rings = places.rings;
    s->ring_clips = places.ring_clips;
    return SIDLE_OK;
}

static sidle_status open_sum(sidle_station *s)
{
    const sidle_runner *runner = s->runner;
    const sidle_owners owners = {
        .n = runner->config.n_replicas,
        .first = sidle_runner_owner(runner, 0, s->block->index),
        .stride = runner->chain_ranks};

    if (owners.n == 1)
        return SIDLE_OK;
    return sidle_sum_open(runner->config.comm, s->block->index, &owners,
                          s->block->weights, &s->sum);
}

sidle_status sidle_station_open(sidle_runner *runner, sidle_station *s,
                                int index)
{
    const sidle_runner_config *config = &runner->config;
    const int *first = config->partition->first;
    sidle_block_room room = sidle_layout_room(config, index);

    s->runner = runner;
    s->trying.is_eval = 1;
    SIDLE_TRY(sidle_block_new(config->model, index, first[index - 1],
                              first[index] - first[index - 1], &room,
                              &s->block));
    if (!config->plan->is_forward)
        sidle_block_init_weights(s->block, config->seed);
    SIDLE_TRY(open_optim(s));
    SIDLE_TRY(open_gradients(s));
    if (config->staleness > 0)
        SIDLE_TRY(sidle_block_probe_new(s->block, &s->probe));
    sidle_cursor_init(&s->cursor, config->plan, index);
    s->instr = sidle_cursor_next(&s->cursor);
    return open_sum(s);
}

void sidle_station_close(sidle_station *s)
{
    sidle_sum_close(s->sum);
    sidle_block_probe_free(s->probe);
    sidle_block_free(s->block);
    sidle_optim_free(s->optim);
    sidle_arena_free(s->arena);
    free(s->segments);
    free(s->in);
    free(s->out);
    free(s->outer);
}

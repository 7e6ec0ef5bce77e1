/* station.c - what the actions of a block ask of it and of its rank. */
#include "mpi/station.h"

#include "mpi/layout.h"

sidle_slot *sidle_station_slot(const sidle_station *s)
{
    return &s->block->slots[s->instr.slot];
}

sidle_end *sidle_station_end(const sidle_station *s)
{
    for (int i = 0; i < s->n_in; i++)
        if (s->in[i].edge == s->instr.edge)
            return &s->in[i];
    for (int i = 0; i < s->n_out; i++)
        if (s->out[i].edge == s->instr.edge)
            return &s->out[i];
    SIDLE_DIE(SIDLE_EINTERNAL, "block %d has no edge %d", s->block->index,
              s->instr.edge);
}

sidle_link *sidle_station_link(const sidle_station *s, const sidle_end *end)
{
    return s->instr.is_eval && end->eval_link != NULL ? end->eval_link
                                                      : end->link;
}

int sidle_station_can_send(const sidle_station *s, sidle_end *ends, int n,
                           sidle_direction direction)
{
    for (int i = 0; i < n; i++)
        if (!sidle_link_send_begin(sidle_station_link(s, &ends[i]), direction,
                                   &ends[i].m))
            return 0;
    return 1;
}

sidle_link *sidle_station_before(const sidle_station *s)
{
    return s->n_in > 0 ? s->in[0].link : NULL;
}

sidle_link *sidle_station_behind(const sidle_station *s)
{
    return s->n_out > 0 ? s->out[0].link : NULL;
}

size_t sidle_station_rows(const sidle_station *s)
{
    return (size_t)s->block->rows;
}

/* `dy` bytes: nothing comes to the last block, which makes its gradient. */
static sidle_gradient carve_gradient(sidle_carve *carve, size_t rows, size_t dy)
{
    sidle_gradient g = {0};

    g.length = sidle_carve_bytes(carve, rows * sizeof(*g.length));
    g.clip = sidle_carve_bytes(carve, rows * sizeof(*g.clip));
    if (dy > 0)
        g.dy = sidle_carve_bytes(carve, dy);
    return g;
}

/* Reals of the gradients that come by skips from layers inside the block. */
static ptrdiff_t dys_of(const sidle_runner_config *config, int block)
{
    ptrdiff_t n = 0;

    for (int i = 1, e; (e = sidle_plan_out_edge(config->plan, block, i)) >= 0;
         i++)
        if (sidle_layout_is_inner(config, e))
            n += (ptrdiff_t)sidle_layout_padded(config, e);
    return n;
}

/* Reals of activations of evaluations that incoming skips keep, and their
 * number of clips. */
static ptrdiff_t rings_of(const sidle_runner_config *config, int block,
                          ptrdiff_t *n_clips)
{
    ptrdiff_t n = 0;

    *n_clips = 0;
    for (int i = 1, e; (e = sidle_plan_in_edge(config->plan, block, i)) >= 0;
         i++) {
        int places = sidle_layout_ring(config, e);

        n += places * (ptrdiff_t)sidle_layout_payload(config, e);
        *n_clips += places * config->model->rows;
    }
    return n;
}

void sidle_station_carve(sidle_carve *carve, const sidle_runner_config *config,
                         int block, sidle_places *places)
{
    const sidle_plan *plan = config->plan;
    const sidle_model *model = config->model;
    const sidle_layer *last =
        &model->layers[config->partition->first[block] - 1];
    size_t n = (size_t)sidle_plan_stashes(plan, block);
    size_t behind = (size_t)(plan->n_blocks - block + 1);
    ptrdiff_t n_clips;
    size_t dy = block < plan->n_blocks ? last->out * sizeof(sidle_real) : 0;
    sidle_gradient *gradients =
        sidle_carve_bytes(carve, n * sizeof(*gradients));

    for (size_t i = 0; i < n; i++) {
        sidle_gradient g = carve_gradient(carve, (size_t)model->rows, dy);

        /* NULL while the room is only measured. */
        if (gradients != NULL)
            gradients[i] = g;
    }
    places->gradients = gradients;
    places->squares =
        sidle_carve_bytes(carve, behind * sizeof(*places->squares));
    places->dys = sidle_carve_reals(carve, dys_of(config, block));
    places->rings = sidle_carve_reals(carve, rings_of(config, block, &n_clips));
    places->ring_clips =
        sidle_carve_bytes(carve, (size_t)n_clips * sizeof(int64_t));
}

int sidle_station_is_global(const sidle_station *s)
{
    const sidle_runner_config *config = &s->runner->config;

    return config->is_clip_global && config->plan->sums_norms;
}

void sidle_station_record(const sidle_station *s, sidle_event_kind kind,
                          double begin, double end)
{
    sidle_tracer *tracer = s->runner->tracer;

    if (tracer != NULL)
        sidle_tracer_add(tracer, &(sidle_event){.begin = begin,
                                                .end = end,
                                                .item = s->instr.item,
                                                .block = s->block->index,
                                                .kind = (int32_t)kind});
}

/* ---- a rank */

sidle_station *sidle_runner_station(const sidle_runner *runner, int block)
{
    int i = block - runner->first_block;

    return i >= 0 && i < runner->n_stations ? &runner->stations[i] : NULL;
}

int sidle_runner_owner(const sidle_runner *runner, int replica, int block)
{
    /* All chains are alike: the same place in another one. */
    return runner->owner[block - 1] +
           (replica - runner->replica) * runner->chain_ranks;
}

sidle_clock sidle_runner_clock(const sidle_runner *runner)
{
    const sidle_runner_hooks *hooks = &runner->config.hooks;

    return (sidle_clock){.now = hooks->now, .context = hooks->context};
}

double sidle_runner_now(const sidle_runner *runner)
{
    sidle_clock clock = sidle_runner_clock(runner);

    return sidle_clock_now(&clock);
}

void sidle_runner_begin_window(sidle_runner *runner)
{
    runner->since = sidle_runner_now(runner);
    runner->waited = 0.0;
}

void sidle_runner_end_window(sidle_runner *runner)
{
    double now = sidle_runner_now(runner), length = now - runner->since;

    runner->busy = length > 0.0 ? 1.0 - runner->waited / length : 1.0;
    runner->since = now;
    runner->waited = 0.0;
}

double sidle_runner_busy(const sidle_runner *runner)
{
    double least = sidle_replicas_busy(runner->replicas);

    least = runner->busy < least ? runner->busy : least;
    return runner->busy_then < least ? runner->busy_then : least;
}

int64_t sidle_runner_item(const sidle_runner *runner)
{
    return runner->stations[0].cursor.forwards;
}

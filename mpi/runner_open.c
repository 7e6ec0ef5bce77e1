/* runner_open.c - what a rank reserves for its blocks: weights, optimizers,
 * links for its edges, and who owns which block. */
#include "mpi/runner.h"

#include "mpi/layout.h"
#include "mpi/state_inside.h"
#include "mpi/watchdog.h"

#include "base/text.h"

#include <stdlib.h>

_Static_assert(sizeof(sidle_real) == sizeof(float),
               "links carry floats, and blocks compute on them in place");

/* ---- a block */

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
    sidle_cut measure = sidle_cut_of(NULL), cut;
    size_t bytes;

    sidle_station_cut(&measure, config, block, &s->gradients, &s->squares);
    bytes = sidle_cut_total(&measure);
    SIDLE_TRY(sidle_arena_new("gradients on their way", bytes, &s->arena));
    cut = sidle_cut_of(sidle_arena_take(s->arena, bytes));
    sidle_station_cut(&cut, config, block, &s->gradients, &s->squares);
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

static sidle_status open_station(sidle_runner *runner, sidle_station *s,
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
    sidle_block_init_weights(s->block, config->seed);
    SIDLE_TRY(open_optim(s));
    SIDLE_TRY(open_gradients(s));
    sidle_cursor_init(&s->cursor, config->plan, index);
    s->instr = sidle_cursor_next(&s->cursor);
    return open_sum(s);
}

/* ---- links and owners */

/* The station of a block; NULL: another rank's. */
static sidle_station *station_of(const sidle_runner *runner, int block)
{
    int i = block - runner->first_block;

    return i >= 0 && i < runner->n_stations ? &runner->stations[i] : NULL;
}

/* Both ranks know the size of a message. */
static sidle_status open_link(sidle_runner *runner, int number)
{
    const sidle_runner_config *config = &runner->config;
    sidle_edge edge = sidle_plan_edge(config->plan, number);
    sidle_station *from = station_of(runner, edge.from);
    sidle_station *to = station_of(runner, edge.to);
    sidle_link_config link = {.number = number,
                              .edge = edge,
                              .from_rank = runner->owner[edge.from - 1],
                              .to_rank = runner->owner[edge.to - 1],
                              .rows = (int)config->model->rows,
                              .payload = sidle_layout_payload(config, &edge)};
    sidle_link **link_p = &runner->links[runner->n_links];

    if (from == NULL && to == NULL)
        return SIDLE_OK; /* between other ranks */
    SIDLE_TRY(sidle_link_open(config->comm, &link, link_p));
    runner->n_links++;
    /* Edges come in the order of the plan: main first, then skips. */
    if (from != NULL)
        from->out[from->n_out++] =
            (sidle_end){.edge = number, .other = edge.to, .link = *link_p};
    if (to != NULL)
        to->in[to->n_in++] =
            (sidle_end){.edge = number, .other = edge.from, .link = *link_p};
    return SIDLE_OK;
}

static sidle_status open_ends(const sidle_plan *plan, sidle_station *s)
{
    size_t n_in = 1, n_out = 1;

    while (sidle_plan_in_edge(plan, s->block->index, (int)n_in) >= 0)
        n_in++;
    while (sidle_plan_out_edge(plan, s->block->index, (int)n_out) >= 0)
        n_out++;
    s->in = calloc(n_in, sizeof(*s->in));
    s->out = calloc(n_out, sizeof(*s->out));
    return s->in != NULL && s->out != NULL
               ? SIDLE_OK
               : sidle_fail(SIDLE_EINTERNAL, "no memory for edges");
}

static sidle_status open_links(sidle_runner *runner)
{
    const sidle_plan *plan = runner->config.plan;
    int n_edges = sidle_plan_n_edges(plan);

    runner->links = calloc((size_t)n_edges + 1, sizeof(*runner->links));
    if (runner->links == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d links", n_edges);
    for (int i = 0; i < runner->n_stations; i++)
        SIDLE_TRY(open_ends(plan, &runner->stations[i]));
    for (int e = 0; e < n_edges; e++)
        SIDLE_TRY(open_link(runner, e));
    return SIDLE_OK;
}

/* Blocks compute from their main input only. */
static sidle_status check_edges(const sidle_plan *plan)
{
    sidle_edge skip;

    if (sidle_plan_n_edges(plan) < plan->n_blocks)
        return SIDLE_OK;
    skip = sidle_plan_edge(plan, plan->n_blocks - 1);
    return sidle_fail(SIDLE_EUSAGE,
                      "block %d sends to block %d past the blocks between "
                      "them, which this version can plan, but not train; "
                      "partition the model so that both are one block",
                      skip.from, skip.to);
}

static sidle_status find_owners(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int D = config->plan->n_blocks, first[SIDLE_MAX_BLOCKS + 1];

    runner->owner = calloc((size_t)D, sizeof(*runner->owner));
    if (runner->owner == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d blocks", D);
    sidle_partition_ranks(config->model, config->partition, runner->chain_ranks,
                          first);
    for (int place = 0; place < runner->chain_ranks; place++) {
        int rank = runner->replica * runner->chain_ranks + place;

        for (int b = first[place]; b < first[place + 1]; b++)
            runner->owner[b] = rank;
        if (rank == config->comm->rank) {
            runner->first_block = first[place] + 1;
            runner->n_stations = first[place + 1] - first[place];
        }
    }
    return SIDLE_OK;
}

/* ---- a rank */

static sidle_status open_trace(sidle_runner *runner)
{
    sidle_clock clock = sidle_runner_clock(runner);

    if (runner->config.trace_items == 0)
        return SIDLE_OK;
    return sidle_tracer_new(runner->config.plan, runner->first_block,
                            runner->n_stations, runner->config.trace_items,
                            &clock, &runner->tracer);
}

/* Ranks to whole chains, and what several chains need besides. */
static sidle_status open_chain(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int n = config->n_replicas, size = config->comm->size;
    int64_t rows = (int64_t)n * config->model->rows;

    if (size % n != 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "%d ranks are no whole chains of %d replicas; start "
                          "a multiple of %d ranks",
                          size, n, n);
    runner->chain_ranks = size / n;
    runner->replica = config->comm->rank / runner->chain_ranks;
    if (n == 1)
        return SIDLE_OK;
    runner->clips = calloc(2 * (size_t)rows, sizeof(*runner->clips));
    if (runner->clips == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for clip numbers");
    if (config->comm->rank % runner->chain_ranks == 0)
        return sidle_replicas_open(config->comm, n, &runner->replicas);
    return SIDLE_OK;
}

static sidle_status open_all(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int D = config->plan->n_blocks, n;

    SIDLE_TRY(sidle_plan_check(config->plan));
    SIDLE_TRY(check_edges(config->plan));
    SIDLE_CHECK(D == config->partition->n_blocks,
                "a plan for %d blocks and a partition of %d", D,
                config->partition->n_blocks);
    SIDLE_CHECK(config->plan->eval_every == 0 ||
                    (config->eval != NULL && config->eval->n_items > 0),
                "a plan with evaluations, and nothing held out");
    SIDLE_TRY(open_chain(runner));
    if (runner->chain_ranks > D)
        return sidle_fail(SIDLE_EUSAGE,
                          "%d ranks for %d block%s; start fewer ranks or set "
                          "parallel.blocks higher",
                          runner->chain_ranks, D, sidle_plural(D));
    SIDLE_TRY(find_owners(runner));
    n = runner->n_stations;
    runner->norms = calloc((size_t)D, sizeof(*runner->norms));
    runner->stations = calloc((size_t)n, sizeof(*runner->stations));
    if (runner->stations == NULL || runner->norms == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d blocks", n);
    for (int i = 0; i < n; i++)
        SIDLE_TRY(open_station(runner, &runner->stations[i],
                               runner->first_block + i));
    SIDLE_TRY(open_links(runner));
    SIDLE_TRY(open_trace(runner));
    return sidle_reports_open(config, sidle_runner_owner(runner, 0, D),
                              &runner->reports);
}

sidle_status sidle_runner_new(const sidle_runner_config *config,
                              sidle_runner **runner_p)
{
    sidle_runner *runner = calloc(1, sizeof(*runner));
    sidle_status st;

    if (runner == NULL)
        SIDLE_DIE(SIDLE_EINTERNAL, "no memory for a runner");
    runner->config = *config;
    runner->plan = *config->plan;
    runner->config.plan = &runner->plan;
    if (config->n_replicas == 0)
        runner->config.n_replicas = 1;
    runner->comm = *config->comm;
    runner->config.comm = &runner->comm;
    sidle_meet(config->comm);
    SIDLE_MPI(MPI_Comm_dup(config->comm->comm, &runner->comm.comm));
    SIDLE_MPI(MPI_Comm_set_errhandler(runner->comm.comm, MPI_ERRORS_RETURN));
    runner->busy = runner->busy_then = 1.0;
    runner->is_predicted = config->optim->predict;
    st = sidle_agree(&runner->comm, open_all(runner));
    if (st != SIDLE_OK) {
        sidle_runner_free(runner);
        return st;
    }
    sidle_watchdog_meet(runner);
    *runner_p = runner;
    return SIDLE_OK;
}

static void close_station(sidle_station *s)
{
    sidle_sum_close(s->sum);
    sidle_block_free(s->block);
    sidle_optim_free(s->optim);
    sidle_arena_free(s->arena);
    free(s->segments);
    free(s->in);
    free(s->out);
}

void sidle_runner_free(sidle_runner *runner)
{
    if (runner == NULL)
        return;
    for (int i = 0; runner->stations != NULL && i < runner->n_stations; i++)
        close_station(&runner->stations[i]);
    for (int i = 0; i < runner->n_links; i++)
        sidle_link_close(runner->links[i]);
    sidle_reports_close(runner->reports);
    sidle_replicas_close(runner->replicas);
    sidle_state_free(runner->state);
    sidle_tracer_free(runner->tracer);
    SIDLE_MPI(MPI_Comm_free(&runner->comm.comm));
    free(runner->stations);
    free(runner->links);
    free(runner->owner);
    free(runner->clips);
    free(runner->norms);
    free(runner);
}

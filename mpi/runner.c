/* runner.c - the interpreter: round its blocks, whatever can go on goes on. */
#include "mpi/forecast.h"
#include "mpi/station.h"

#include "base/clock.h"
#include "base/text.h"

#include <inttypes.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(sidle_real) == sizeof(float),
               "links carry floats, and blocks compute on them in place");

/* Rounds without progress before the processor is offered to others. */
enum { SPINS = 64 };

/* ---- reserving */

/* The optimizer's view of a block: one segment a parameter tensor. */
static sidle_status open_optim(sidle_station *s)
{
    const sidle_block *block = s->block;
    sidle_optim_config optim =
        sidle_forecast_optim(&s->runner->config, block->index);

    SIDLE_TRY(sidle_forecast_segments(block->model, block->first_layer,
                                      block->n_layers, &s->segments,
                                      &s->n_segments));
    return sidle_optim_new(&optim, s->segments, s->n_segments,
                           (ptrdiff_t)block->weights, &s->optim);
}

static sidle_status open_gradients(sidle_station *s)
{
    const sidle_runner_config *config = &s->runner->config;
    const sidle_block *block = s->block;
    size_t n = (size_t)block->n_stashes, rows = (size_t)block->rows;
    size_t squares =
        (size_t)(config->plan->n_blocks - block->index + 1) * sizeof(double);
    size_t dy = block->out * sizeof(sidle_real);

    SIDLE_TRY(
        sidle_arena_new("gradients on their way",
                        sidle_gradients_bytes(config->model, config->partition,
                                              config->plan, block->index),
                        &s->arena));
    s->gradients = sidle_arena_take(s->arena, n * sizeof(sidle_gradient));
    for (size_t i = 0; i < n; i++)
        s->gradients[i] = (sidle_gradient){
            .length = sidle_arena_take(s->arena, rows * sizeof(int32_t)),
            .clip = sidle_arena_take(s->arena, rows * sizeof(int64_t)),
            .dy = block->is_last ? NULL : sidle_arena_take(s->arena, dy)};
    s->squares = sidle_arena_take(s->arena, squares);
    return SIDLE_OK;
}

int sidle_runner_owner(const sidle_runner *runner, int replica, int block)
{
    return runner->owner[block - 1] +
           (replica - runner->replica) * runner->chain_ranks;
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
    sidle_block_room room = sidle_forecast_room(config, index);

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

/* The link between block `left` and the next; both ranks know its size. */
static sidle_status open_link(sidle_runner *runner, int left,
                              sidle_link **link_p)
{
    const sidle_runner_config *config = &runner->config;
    int D = config->plan->n_blocks;

    if (left < 1 || left >= D)
        return SIDLE_OK; /* outside of the model */
    return sidle_link_open(
        config->comm, left, runner->owner[left - 1], runner->owner[left],
        (int)config->model->rows,
        config->model->layers[config->partition->first[left]].in, link_p);
}

static sidle_status find_owners(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int D = config->plan->n_blocks;

    runner->owner = calloc((size_t)D, sizeof(*runner->owner));
    if (runner->owner == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d blocks", D);
    for (int place = 0; place < runner->chain_ranks; place++) {
        int rank = runner->replica * runner->chain_ranks + place, first, last;

        sidle_partition_ranks(config->model, config->partition,
                              runner->chain_ranks, place, &first, &last);
        for (int b = first; b < last; b++)
            runner->owner[b] = rank;
        if (rank == config->comm->rank) {
            runner->first_block = first + 1;
            runner->n_stations = last - first;
        }
    }
    return SIDLE_OK;
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
    SIDLE_CHECK(D == config->partition->n_blocks,
                "a plan for %d blocks and a partition of %d", D,
                config->partition->n_blocks);
    SIDLE_CHECK(config->plan->eval_every == 0 ||
                    (config->eval != NULL && config->eval->n_items > 0),
                "a plan with evaluations, and nothing held out");
    SIDLE_TRY(open_chain(runner));
    if (runner->chain_ranks > D)
        return sidle_fail(SIDLE_EUSAGE,
                          "%d ranks are more than the %d blocks; start fewer "
                          "ranks or set parallel.blocks higher",
                          runner->chain_ranks, D);
    SIDLE_TRY(find_owners(runner));
    n = runner->n_stations;
    runner->stations = calloc((size_t)n, sizeof(*runner->stations));
    runner->links = calloc((size_t)n + 1, sizeof(*runner->links));
    if (runner->stations == NULL || runner->links == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for %d blocks", n);
    for (int i = 0; i < n; i++)
        SIDLE_TRY(open_station(runner, &runner->stations[i],
                               runner->first_block + i));
    for (int i = 0; i <= n; i++)
        SIDLE_TRY(
            open_link(runner, runner->first_block - 1 + i, &runner->links[i]));
    for (int i = 0; i < n; i++) {
        runner->stations[i].left = runner->links[i];
        runner->stations[i].right = runner->links[i + 1];
    }
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
    if (config->n_replicas == 0)
        runner->config.n_replicas = 1;
    runner->comm = *config->comm;
    runner->config.comm = &runner->comm;
    SIDLE_MPI(MPI_Comm_dup(config->comm->comm, &runner->comm.comm));
    SIDLE_MPI(MPI_Comm_set_errhandler(runner->comm.comm, MPI_ERRORS_RETURN));
    runner->busy = runner->busy_then = 1.0;
    runner->is_predicted = config->optim->predict;
    st = sidle_agree(&runner->comm, open_all(runner));
    if (st != SIDLE_OK)
        sidle_runner_free(runner);
    else
        *runner_p = runner;
    return st;
}

static void close_station(sidle_station *s)
{
    sidle_sum_close(s->sum);
    sidle_block_free(s->block);
    sidle_optim_free(s->optim);
    sidle_arena_free(s->arena);
    free(s->segments);
}

void sidle_runner_free(sidle_runner *runner)
{
    if (runner == NULL)
        return;
    for (int i = 0; runner->stations != NULL && i < runner->n_stations; i++)
        close_station(&runner->stations[i]);
    for (int i = 0; runner->links != NULL && i <= runner->n_stations; i++)
        sidle_link_close(runner->links[i]);
    sidle_reports_close(runner->reports);
    sidle_replicas_close(runner->replicas);
    sidle_state_free(runner->state);
    SIDLE_MPI(MPI_Comm_free(&runner->comm.comm));
    free(runner->stations);
    free(runner->links);
    free(runner->owner);
    free(runner->clips);
    free(runner);
}

/* ---- going round */

static int is_last_blocks_rank(const sidle_runner *runner)
{
    return runner->stations[runner->n_stations - 1].block->is_last;
}

static void go_on(sidle_station *s)
{
    s->instr = sidle_cursor_next(&s->cursor);
    s->is_announced = 0;
    if (s->instr.op == SIDLE_OP_END)
        sidle_station_end(s);
}

static int is_standing(const sidle_station *s)
{
    return s->is_at_cut || s->instr.op == SIDLE_OP_END;
}

/* One instruction of each block, the last block first: what it sends left is
 * what the others wait for. Answers whether anything was done. */
static int go_round(sidle_runner *runner)
{
    int is_progress = 0;

    for (int i = runner->n_stations - 1; i >= 0; i--) {
        sidle_station *s = &runner->stations[i];

        if (is_standing(s) || !sidle_station_act(s))
            continue;
        go_on(s);
        is_progress = 1;
    }
    return is_progress;
}

/* Whether all blocks of this rank stand at a cut or at the end. */
static int is_all_standing(const sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++)
        if (!is_standing(&runner->stations[i]))
            return 0;
    return 1;
}

static int have_arrivals(sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++)
        if (!sidle_station_has_arrivals(&runner->stations[i]))
            return 0;
    return 1;
}

static void report_progress(sidle_runner *runner)
{
    sidle_replicas_have_wish(runner->replicas);
    sidle_reports_poll(runner->reports, sidle_runner_busy(runner));
}

/* What a block needs from another one before it can go on; is_left: from the
 * one before it. */
static const char *wanted(sidle_op op, int *is_left)
{
    *is_left = 0;
    switch (op) {
    case SIDLE_OP_RECV_ACT:
        *is_left = 1;
        return "the activation";
    case SIDLE_OP_RECV_GRAD:
        return "the gradient";
    case SIDLE_OP_FORWARD:
        return "room to send the activation";
    case SIDLE_OP_INPUT_GRAD:
        *is_left = 1;
        return "room to send the gradient";
    case SIDLE_OP_SUM_NORMS:
        return "the norms of gradients";
    default:
        return NULL;
    }
}

/* Whether it is another replica that the block waits for. */
static int describe_wait_for_replicas(const sidle_station *s, char *out,
                                      size_t size)
{
    const sidle_runner *runner = s->runner;
    int index = s->block->index, is_sum = sidle_sum_is_begun(s->sum);
    int is_load = s->instr.op == SIDLE_OP_LOAD && !s->is_at_cut;
    int r = is_sum ? sidle_sum_missing(s->sum) : -1;
    int behind = is_load && runner->replica == 0
                     ? sidle_replicas_behind(runner->replicas)
                     : -1;

    if (r >= 0)
        sidle_text_format(out, size,
                          "block %d waits for its gradients of replica %d "
                          "(rank %d), whose sum is due at item %" PRId64,
                          index, r, sidle_runner_owner(runner, r, index),
                          s->instr.item);
    else if (is_load && runner->replica > 0)
        sidle_text_format(out, size,
                          "block %d waits for the decision about item %" PRId64
                          ", replica 0 (rank 0)",
                          index, s->instr.item);
    else if (behind >= 0)
        sidle_text_format(out, size,
                          "block %d waits at item %" PRId64
                          " for replica %d (rank %d), which is behind",
                          index, s->instr.item, behind / runner->chain_ranks,
                          behind);
    else
        return 0;
    return 1;
}

static void describe_wait(const sidle_station *s, char *out, size_t size)
{
    int is_left, index = s->block->index;
    const char *what = wanted(s->instr.op, &is_left);
    int other = is_left ? index - 1 : index + 1;

    if (describe_wait_for_replicas(s, out, size))
        return;
    if (s->is_at_cut || what == NULL ||
        other > s->runner->config.plan->n_blocks)
        sidle_text_format(out, size, "block %d stands at item %" PRId64, index,
                          s->cursor.forwards);
    else
        sidle_text_format(
            out, size,
            "block %d waits for %s of item %" PRId64 ", block %d (rank %d)",
            index, what, s->instr.item, other, s->runner->owner[other - 1]);
}

/* A neighbour that is silent for too long: better an end that tells where than
 * a run that hangs. */
static void lose_patience(const sidle_runner *runner, double seconds)
{
    char text[1024] = "";
    size_t used = 0;

    for (int i = 0; i < runner->n_stations && used < sizeof(text) / 2; i++) {
        char one[160];

        describe_wait(&runner->stations[i], one, sizeof(one));
        sidle_text_format(text + used, sizeof(text) - used, "%s%s",
                          i > 0 ? "; " : "", one);
        used += strlen(text + used);
    }
    SIDLE_DIE(SIDLE_EINTERNAL,
              "nothing came from a neighbour for %.0f s (run.patience): %s; "
              "look at the other rank, then start again: the run goes on from "
              "its last checkpoint",
              seconds, text);
}

/* One more round without progress since `since`. */
static void be_patient(const sidle_runner *runner, int spins, double since)
{
    double patience = runner->config.patience, waited;

    if (spins < SPINS)
        return;
    sched_yield();
    waited = sidle_now() - since;
    if (patience > 0.0 && waited > patience)
        lose_patience(runner, waited);
}

/* Wait until `is_done`, in rounds that let messages go forward. */
static void wait_for(sidle_runner *runner, int (*is_done)(sidle_runner *))
{
    double start = sidle_now();

    for (int spins = 0; !is_done(runner); spins++) {
        report_progress(runner);
        be_patient(runner, spins, start);
    }
    runner->waited += sidle_now() - start;
}

static int has_mark(sidle_runner *runner)
{
    return sidle_reports_is_marked(runner->reports);
}

static int have_replicas_marks(sidle_runner *runner)
{
    return sidle_replicas_are_marked(runner->replicas);
}

/* Every report and every wish has come; all ranks call it at the same point. */
static void see_marks(sidle_runner *runner)
{
    sidle_replicas_mark(runner->replicas);
    wait_for(runner, has_mark);
    wait_for(runner, have_replicas_marks);
}

static int can_mark(sidle_runner *runner)
{
    return sidle_reports_can_send(runner->reports);
}

/* Of the measure how busy this rank is: saving does not count. */
static void begin_window(sidle_runner *runner)
{
    runner->since = sidle_now();
    runner->waited = 0.0;
}

/* The wish to stop is fulfilled, also where it is still on its way. */
static void forget_wishes(sidle_runner *runner)
{
    sidle_message m;

    runner->wants_stop = 0;
    sidle_replicas_forget(runner->replicas);
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_link *right = runner->stations[i].right;

        for (int k = 0;
             right != NULL && sidle_link_peek(right, SIDLE_LEFT, k, &m); k++)
            m.header->flags &= ~SIDLE_MSG_STOP;
    }
}

/* All blocks stand at a cut with a flag: let everything arrive, save, and say
 * whether to go on. */
static sidle_status leave_cut(sidle_runner *runner)
{
    const sidle_runner_config *config = &runner->config;
    int flags = runner->stations[0].cut_flags;
    sidle_status st = SIDLE_OK;

    wait_for(runner, have_arrivals);
    if (is_last_blocks_rank(runner)) {
        wait_for(runner, can_mark);
        sidle_reports_mark(runner->reports);
    }
    see_marks(runner);
    if (config->on_save != NULL)
        st = config->on_save(config->context, runner->stations[0].instr.item);
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        s->is_at_cut = 0;
        s->cut_flags = 0;
        go_on(s);
    }
    begin_window(runner);
    if (!(flags & SIDLE_MSG_STOP))
        return SIDLE_OK;
    forget_wishes(runner);
    return st != SIDLE_OK ? st : SIDLE_ESTOPPED;
}

static sidle_status carry_out(sidle_runner *runner)
{
    int spins = 0;
    double idle_since = 0.0;

    for (;;) {
        int is_progress = go_round(runner);

        report_progress(runner);
        if (is_all_standing(runner)) {
            if (!runner->stations[0].is_at_cut)
                break;
            SIDLE_TRY(leave_cut(runner));
            is_progress = 1;
        }
        if (is_progress && spins > 0)
            runner->waited += sidle_now() - idle_since;
        else if (!is_progress && spins == 0)
            idle_since = sidle_now();
        spins = is_progress ? 0 : spins + 1;
        be_patient(runner, spins, idle_since);
    }
    see_marks(runner);
    runner->is_finished = 1;
    return SIDLE_OK;
}

static void poke(void *context)
{
    const sidle_runner *runner = context;

    for (int i = 0; i <= runner->n_stations; i++)
        if (runner->links[i] != NULL)
            sidle_link_poke(runner->links[i]);
    for (int i = 0; i < runner->n_stations; i++)
        sidle_sum_poll(runner->stations[i].sum);
}

sidle_status sidle_runner_run(sidle_runner *runner)
{
    sidle_status st;

    if (runner->is_finished)
        return SIDLE_OK;
    begin_window(runner);
    for (int i = 0; i < runner->n_stations; i++)
        if (runner->stations[i].instr.op == SIDLE_OP_END)
            sidle_station_end(&runner->stations[i]);
    sidle_block_set_poke(runner->config.comm->size > 1 ? poke : NULL, runner);
    st = carry_out(runner);
    sidle_block_set_poke(NULL, NULL);
    return st;
}

/* ---- what others may see */

int64_t sidle_runner_item(const sidle_runner *runner)
{
    return runner->stations[0].cursor.forwards;
}

int64_t sidle_runner_updates(const sidle_runner *runner)
{
    return runner->stations[0].updates;
}

int sidle_runner_n_blocks(const sidle_runner *runner)
{
    return runner->n_stations;
}

sidle_block *sidle_runner_block(const sidle_runner *runner, int i)
{
    return runner->stations[i].block;
}

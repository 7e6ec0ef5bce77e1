/* staleness.c - exact gradients between two boundaries, rank by rank. */
#include "mpi/staleness.h"

#include "mpi/feed.h"
#include "mpi/wait.h"
#include "mpi/watchdog.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const why = "its part of the figures of log.staleness";

/* ---- what is noted */

static int is_on(const sidle_runner *runner)
{
    return runner->config.staleness > 0 && runner->replica == 0 &&
           !runner->is_evaluating;
}

void sidle_staleness_note(sidle_station *s, const sidle_gradient *g)
{
    const sidle_plan *plan = s->runner->config.plan;
    int64_t N = s->runner->config.staleness, left;

    if (!is_on(s->runner))
        return;
    /* Rounds to the next figures: a flushed schedule has its gradients in the
     * last ones of an update, and some items have none. */
    left = (N - s->cursor.step % N) % N;
    if (left < plan->update_every + plan->n_blocks)
        sidle_block_probe_note(s->probe, s->block, s->instr.slot,
                               s->instr.stash, g->item, g->dy);
}

int sidle_staleness_is_due(const sidle_station *s)
{
    return is_on(s->runner) && s->instr.op == SIDLE_OP_BOUNDARY &&
           s->instr.item % s->runner->config.staleness == 0 &&
           s->runner->probed < s->instr.item;
}

/* ---- messages beside the links, which hold those in flight */

/* Other replicas' sums, reports and time limits go on meanwhile. */
static void await(sidle_runner *runner, MPI_Request *request)
{
    int is_done = 0;

    for (int spins = 0; !is_done; spins++) {
        SIDLE_MPI(MPI_Test(request, &is_done, MPI_STATUS_IGNORE));
        if (is_done)
            return;
        sidle_wait_poll(runner);
        sidle_watchdog_look(runner, spins, why);
    }
}

static void send(sidle_runner *runner, const void *data, size_t bytes, int to)
{
    MPI_Request request;

    SIDLE_CHECK(bytes <= INT_MAX, "a message of %zu bytes", bytes);
    SIDLE_MPI(MPI_Isend(data, (int)bytes, MPI_BYTE, to, SIDLE_TAG_PROBE,
                        runner->comm.comm, &request));
    await(runner, &request);
}

static void receive(sidle_runner *runner, void *data, size_t bytes, int from)
{
    MPI_Request request;

    SIDLE_CHECK(bytes <= INT_MAX, "a message of %zu bytes", bytes);
    SIDLE_MPI(MPI_Irecv(data, (int)bytes, MPI_BYTE, from, SIDLE_TAG_PROBE,
                        runner->comm.comm, &request));
    await(runner, &request);
}

/* Rank 0 gets what each rank has for its blocks, `size` doubles each. */
static void gather(sidle_runner *runner, double *of, size_t size)
{
    const sidle_plan *plan = runner->config.plan;
    size_t bytes = size * sizeof(*of);

    if (runner->comm.rank > 0) {
        for (int i = 0; i < runner->n_stations; i++)
            send(runner, of + size * (size_t)(runner->first_block + i - 1),
                 bytes, 0);
        return;
    }
    for (int b = runner->n_stations + 1; b <= plan->n_blocks; b++)
        receive(runner, of + size * (size_t)(b - 1), bytes,
                sidle_runner_owner(runner, 0, b));
}

static void spread(sidle_runner *runner, double *of, size_t bytes)
{
    if (runner->comm.rank > 0)
        receive(runner, of, bytes, 0);
    else
        for (int rank = 1; rank < runner->chain_ranks; rank++)
            send(runner, of, bytes, rank);
}

/* ---- a pass */

static size_t rows_of(const sidle_station *s)
{
    return sidle_station_rows(s);
}

/* Lengths and clips of the rows, and the input, as in a message. */
static void take_input(sidle_runner *runner, int i)
{
    sidle_station *s = &runner->stations[i];
    sidle_slot *slot = &s->block->slots[s->block->n_slots - 1];
    size_t rows = rows_of(s), bytes = s->block->in * sizeof(sidle_real);
    int from = runner->comm.rank - 1;

    if (i == 0) {
        receive(runner, slot->length, rows * sizeof(*slot->length), from);
        receive(runner, slot->clip, rows * sizeof(*slot->clip), from);
        receive(runner, slot->x, bytes, from);
    } else {
        const sidle_station *before = s - 1;
        const sidle_slot *of =
            &before->block->slots[before->block->n_slots - 1];

        memcpy(slot->length, of->length, rows * sizeof(*slot->length));
        memcpy(slot->clip, of->clip, rows * sizeof(*slot->clip));
        memcpy(slot->x, before->probe->y, bytes);
    }
}

static void pass_output(sidle_runner *runner)
{
    const sidle_station *s = &runner->stations[runner->n_stations - 1];
    const sidle_slot *slot = &s->block->slots[s->block->n_slots - 1];
    int to = runner->comm.rank + 1;

    if (s->block->is_last)
        return;
    send(runner, slot->length, rows_of(s) * sizeof(*slot->length), to);
    send(runner, slot->clip, rows_of(s) * sizeof(*slot->clip), to);
    send(runner, s->probe->y, s->block->out * sizeof(sidle_real), to);
}

static void forward(sidle_runner *runner, int64_t item)
{
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        if (!s->block->is_first)
            take_input(runner, i);
        sidle_feed_slot(s, s->block->n_slots - 1, item, 0);
        sidle_block_probe_forward(s->probe, s->block);
    }
    pass_output(runner);
}

/* Back to block `lowest`: no block in front of it asks for this item. */
static void backward(sidle_runner *runner, int64_t item, int lowest)
{
    for (int i = runner->n_stations - 1; i >= 0; i--) {
        sidle_station *s = &runner->stations[i];
        const sidle_block *block = s->block;
        const sidle_real *dy = NULL;
        int goes_on = block->index > lowest;

        if (block->index < lowest)
            return;
        if (!block->is_last && i == runner->n_stations - 1) {
            receive(runner, s->probe->dy, block->out * sizeof(sidle_real),
                    runner->comm.rank + 1);
            dy = s->probe->dy;
        } else if (!block->is_last) {
            dy = (s + 1)->probe->dx;
        }
        sidle_block_probe_backward(s->probe, block, dy,
                                   goes_on ? s->probe->dx : NULL,
                                   s->probe->item == item);
        if (goes_on && i == 0)
            send(runner, s->probe->dx, block->in * sizeof(sidle_real),
                 runner->comm.rank - 1);
    }
}

/* ---- all passes */

/* A block's figures, on their way to rank 0 as doubles. */
enum { F_LAG, F_CHANGE, F_COSINE, F_RATIO, N_FIGURES };

static void keep_figures(sidle_runner *runner, int64_t item, double *figures)
{
    for (int i = 0; i < runner->n_stations; i++) {
        const sidle_station *s = &runner->stations[i];
        double *of = figures + N_FIGURES * (s->block->index - 1);

        if (s->probe->item != item)
            continue;
        of[F_LAG] = (double)s->probe->lag;
        of[F_CHANGE] = sidle_block_probe_change(s->probe, s->block);
        of[F_COSINE] = sidle_block_probe_cosine(s->probe, s->block);
        of[F_RATIO] = sidle_block_probe_ratio(s->probe, s->block);
    }
}

/* The items that the blocks noted, the same on all ranks. Exact as doubles. */
static void share_items(sidle_runner *runner, double *items)
{
    for (int i = 0; i < runner->n_stations; i++)
        items[runner->first_block + i - 1] =
            (double)runner->stations[i].probe->item;
    gather(runner, items, 1);
    spread(runner, items,
           (size_t)runner->config.plan->n_blocks * sizeof(*items));
}

/* A block that noted nothing lately takes part with its present weights. */
static void take_weights(sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++) {
        const sidle_station *s = &runner->stations[i];

        if (s->probe->item == 0)
            memcpy(s->probe->w, sidle_block_weights(s->block),
                   s->block->weights * sizeof(sidle_real));
    }
}

static int is_new(const double *items, int b)
{
    for (int before = 0; before < b; before++)
        if (items[before] == items[b])
            return 0;
    return items[b] > 0.0;
}

static void tell(const sidle_runner *runner, int64_t at, const double *items,
                 const double *figures)
{
    const sidle_runner_config *config = &runner->config;
    int D = config->plan->n_blocks;
    sidle_staleness *of;

    if (runner->comm.rank > 0 || config->on_staleness == NULL)
        return;
    of = calloc((size_t)D, sizeof(*of));
    SIDLE_CHECK(of != NULL, "no memory for the figures of %d blocks", D);
    for (int b = 0; b < D; b++) {
        const double *f = figures + N_FIGURES * b;
        int is_noted = !isnan(f[F_LAG]); /* else no gradient has come yet */

        of[b] = (sidle_staleness){.item = (int64_t)items[b],
                                  .lag = is_noted ? (int64_t)f[F_LAG] : 0,
                                  .change = f[F_CHANGE],
                                  .cosine = f[F_COSINE],
                                  .ratio = f[F_RATIO]};
    }
    config->on_staleness(config->context, at, of, D);
    free(of);
}

void sidle_staleness_take(sidle_runner *runner)
{
    int D = runner->config.plan->n_blocks;
    double *items = calloc((size_t)D * (1 + N_FIGURES), sizeof(*items));
    double *figures = items + D;

    SIDLE_CHECK(items != NULL, "no memory for the figures of %d blocks", D);
    for (int k = 0; k < D * N_FIGURES; k++)
        figures[k] = (double)NAN;
    runner->probed = runner->stations[0].instr.item;
    take_weights(runner);
    share_items(runner, items);
    for (int b = 0; b < D; b++) {
        int64_t item = (int64_t)items[b];

        if (!is_new(items, b))
            continue;
        /* The first block that asks for the item is the lowest that does. */
        forward(runner, item);
        backward(runner, item, b + 1);
        keep_figures(runner, item, figures);
    }
    gather(runner, figures, N_FIGURES);
    tell(runner, runner->probed, items, figures);
    for (int i = 0; i < runner->n_stations; i++)
        runner->stations[i].probe->item = 0;
    free(items);
}

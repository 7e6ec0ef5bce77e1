/* restore.c - from the arrays of a checkpoint back to a run at its boundary.
 */
#include "mpi/restore.h"

#include "mpi/feed.h"
#include "mpi/state_inside.h"

#include <stdlib.h>
#include <string.h>

static void restore_numbers(sidle_station *s, const copies *of)
{
    int is_same_rule =
        of->counters[C_OPTIM_KIND] == sidle_optim_rule(&s->optim->config);

    s->updates = of->counters[C_UPDATES];
    s->block->stamp = of->counters[C_STAMP];
    s->n_valid = of->counters[C_N_VALID];
    /* Another rule begins anew: its bias correction counts from 0, and an empty
     * product is 1. */
    s->optim->updates = is_same_rule ? of->counters[C_OPTIM_UPDATES] : 0;
    s->optim->product = is_same_rule ? of->scalars[D_PRODUCT] : 1.0;
    s->factor = of->scalars[D_FACTOR];
    s->grad_norm = of->scalars[D_GRAD_NORM];
    s->training = (sidle_report){.updates = s->updates,
                                 .factor = s->factor,
                                 .grad_norm = s->grad_norm,
                                 .items = of->counters[C_LOG_ITEMS],
                                 .n_targets = of->counters[C_LOG_TARGETS],
                                 .n_correct = of->counters[C_LOG_CORRECT],
                                 .sum = of->scalars[D_LOG_NATS],
                                 .z = of->scalars[D_LOG_Z]};
    /* Negative where nothing was added up since the last report. */
    if (of->told[T_UPDATES] < 0.0)
        return;
    s->training.updates = (int64_t)of->told[T_UPDATES];
    s->training.factor = of->told[T_FACTOR];
    s->training.grad_norm = of->told[T_GRAD_NORM];
}

/* The arrays were read with the newest weights in place `from`; they belong in
 * place `to`, the others keep their order. */
static void move_newest(sidle_block *block, int from, int to)
{
    sidle_real *newest = block->w[from];

    for (; from < to; from++)
        block->w[from] = block->w[from + 1];
    for (; from > to; from--)
        block->w[from] = block->w[from - 1];
    block->w[to] = newest;
    block->version = to;
}

static void restore_slots(sidle_station *s, const copies *of)
{
    for (int k = 0; k < n_kept(s->runner, s->block->index); k++) {
        sidle_slot *slot = &s->block->slots[k];

        slot->is_used = of->slot[k][S_IS_USED] != 0;
        slot->version = (int)of->slot[k][S_VERSION];
        slot->stamp = -1; /* its forward is run before its gradient */
        if (slot->is_used)
            sidle_feed_slot(s, k, of->slot[k][S_ITEM], 0);
    }
}

/* The newest version is the weights where the run that is resumed did not
 * predict. Where it did and this one does not, what is in flight keeps that
 * version, and the weights are another. */
static void restore_prediction(sidle_station *s, copies *of)
{
    sidle_block *block = s->block;
    size_t bytes = block->weights * sizeof(sidle_real);
    int newest = block->version;

    if (block->truth != NULL && !s->runner->is_predicted)
        memcpy(block->w[newest], block->truth, bytes);
    if (of->predicted == NULL)
        return;
    if (sidle_block_begin_update(block) != block->w[newest])
        memcpy(block->w[newest], of->predicted, bytes);
    free(of->predicted);
    of->predicted = NULL;
}

static void restore_gradients(sidle_station *s, copies *of)
{
    for (int k = 0; k < n_on_their_way(s->runner, s->block->index); k++) {
        int is_valid = of->gradient[k][G_IS_VALID] != 0;
        sidle_header header = {.item = of->gradient[k][G_ITEM],
                               .number = of->gradient[k][G_ITEM],
                               .flags = is_valid ? SIDLE_MSG_VALID : 0,
                               .busy = 1.0};
        sidle_message m = {&header, of->length[k], of->clip[k], of->payload[k]};

        if (of->gradient[k][G_IS_THERE])
            sidle_link_restore(sidle_station_behind(s), SIDLE_BACK, &m);
    }
}

static void restore_stashes(sidle_station *s, const copies *of)
{
    for (int k = 0; k < n_waiting(s->runner, s->block->index); k++) {
        s->gradients[k].number = of->stash[k][G_ITEM];
        s->gradients[k].item = of->stash[k][G_ITEM];
        s->gradients[k].is_valid = of->stash[k][G_IS_VALID] != 0;
        s->gradients[k].is_stashed = 0;
    }
}

static void restore_station(sidle_station *s, copies *of, int64_t item)
{
    restore_numbers(s, of);
    move_newest(s->block, s->block->version, (int)of->counters[C_VERSION]);
    restore_slots(s, of);
    restore_prediction(s, of);
    restore_gradients(s, of);
    sidle_flights_restore(s, of);
    restore_stashes(s, of);
    s->item_flags = 0;
    sidle_cursor_seek(&s->cursor, s->runner->config.plan, s->block->index,
                      item);
    s->instr = sidle_cursor_next(&s->cursor);
    s->owes_update = !s->runner->config.plan->sums_norms &&
                     s->n_valid >= s->runner->config.plan->update_every;
}

/* What messages would have told of the blocks behind, or will; not where the
 * norm is that of all blocks: the next update tells each. */
static void gather_norms(sidle_runner *runner)
{
    for (int i = 0; i < runner->n_stations; i++) {
        const sidle_station *s = &runner->stations[i];

        if (!sidle_station_is_global(s))
            runner->norms[s->block->index - 1] = s->grad_norm;
    }
    SIDLE_MPI(MPI_Allreduce(MPI_IN_PLACE, runner->norms,
                            runner->config.plan->n_blocks, MPI_DOUBLE, MPI_MAX,
                            runner->config.comm->comm));
}

sidle_status sidle_runner_restore(sidle_runner *runner, int64_t item)
{
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(runner->state != NULL, "no state to restore is given");
    for (int i = 0; i < runner->n_stations && status == SIDLE_OK; i++)
        status = sidle_state_check(&runner->stations[i], &runner->state->of[i],
                                   item);
    SIDLE_TRY(sidle_agree(runner->config.comm, status));
    for (int i = 0; i < runner->n_stations; i++)
        restore_station(&runner->stations[i], &runner->state->of[i], item);
    runner->is_predicted = runner->config.optim->predict;
    gather_norms(runner);
    /* Nobody sends before everybody's messages are back in place. */
    return sidle_agree(runner->config.comm, SIDLE_OK);
}

/* state.c - the state of a run at a boundary as a list of named arrays.
 *
 *   /model/<name>                 newest weights, true shape
 *   /optimizer/<name>/<state>     the optimizer's arrays
 *   /pipeline/block_<i>/counters  (enum below); scalars; grad: a partial sum
 *     slot_<k>/{item,length,clip,x,sides}       a kept activation; sides: what
 *                                               skips from other blocks brought
 *     weights_<k>                               an older version still in use
 *     predicted                                 the newest version, where
 *                                               versions are predictions
 *     gradient_<k>/{item,length,clip,payload}   on its way from block i + 1
 *     edge_<e>/{activation,gradient}_<k>/..     the same by edge e, where the
 *                                               plan has skips: instead of
 *                                               gradient_<k>
 *     report                                    of the last block, where the
 *                                               pipe is flushed
 *     stash_<k>/{item,length,clip,payload}      waits for its weight gradient;
 *                                               where a schedule lets it wait
 *
 * The replicas from 1 on have theirs in /pipeline/replica_<r>/block_<i>/; older
 * weights, and what is not below /pipeline, all have alike: it is there once.
 *
 * Paths and shapes follow from model and plan alone, whatever is in use at the
 * moment; what is not in use is zero. Fields of items are not kept: the data
 * source gives them again. Neither are caches: a kept activation runs forward
 * again, with the weights that its item used, before its gradient is taken, and
 * a gradient that waits goes through the block again. */
#include "mpi/state.h"

#include "mpi/state_inside.h"

#include <stdlib.h>
#include <string.h>

static void free_copies(copies *of)
{
    sidle_arena_free(of->arena);
    free(of->predicted);
}

void sidle_state_free(sidle_state *state)
{
    if (state == NULL)
        return;
    for (int i = 0; state->of != NULL && i < state->n_stations; i++)
        free_copies(&state->of[i]);
    free(state->of);
    free(state->length);
    free(state->clip);
    free(state->entries);
    free(state);
}

/* ---- memory */

void sidle_copies_carve(sidle_carve *carve, const sidle_runner_config *config,
                        int block, copies *of)
{
    const sidle_plan *plan = config->plan;
    const sidle_layer *last =
        &config->model->layers[config->partition->first[block] - 1];
    size_t rows = (size_t)config->model->rows;
    size_t slots = (size_t)sidle_plan_slots(plan, block);
    size_t stashes = (size_t)stashes_saved(plan, block);

    of->slot = sidle_carve_bytes(carve, slots * sizeof(*of->slot));
    of->stash = sidle_carve_bytes(carve, stashes * sizeof(*of->stash));
    for (int k = 0; k < most_on_their_way(plan, block); k++) {
        of->length[k] = sidle_carve_bytes(carve, rows * sizeof(*of->length[k]));
        of->clip[k] = sidle_carve_bytes(carve, rows * sizeof(*of->clip[k]));
        of->payload[k] =
            sidle_carve_bytes(carve, last->out * sizeof(*of->payload[k]));
    }
    sidle_flights_carve(carve, config, block, of);
}

static sidle_status open_copies(const sidle_runner *runner, int block,
                                copies *of)
{
    sidle_carve measure = sidle_carve_of(NULL), carve;
    size_t bytes;

    sidle_copies_carve(&measure, &runner->config, block, of);
    bytes = sidle_carve_total(&measure);
    SIDLE_TRY(sidle_arena_new("a checkpoint's copies", bytes, &of->arena));
    carve = sidle_carve_of(sidle_arena_take(of->arena, bytes));
    sidle_copies_carve(&carve, &runner->config, block, of);
    return SIDLE_OK;
}

static sidle_status open_state(sidle_runner *runner)
{
    sidle_state *state = calloc(1, sizeof(*state));
    size_t rows = (size_t)runner->config.model->rows;

    if (state == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a checkpoint");
    runner->state = state;
    state->n_stations = runner->n_stations;
    state->of = calloc((size_t)state->n_stations, sizeof(*state->of));
    state->length = calloc(rows, sizeof(*state->length));
    state->clip = calloc(rows, sizeof(*state->clip));
    if (state->of == NULL || state->length == NULL || state->clip == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a checkpoint");
    for (int i = 0; i < state->n_stations; i++)
        SIDLE_TRY(open_copies(runner, runner->first_block + i, &state->of[i]));
    return SIDLE_OK;
}

/* ---- saving: copy, and clear what is not in use */

static void copy_numbers(const sidle_station *s, copies *of)
{
    const sidle_report *sum = &s->training;

    of->counters[C_ITEM] = s->cursor.forwards;
    of->counters[C_BACKWARDS] = s->cursor.backwards;
    of->counters[C_UPDATES] = s->updates;
    of->counters[C_STAMP] = s->block->stamp;
    of->counters[C_VERSION] = s->block->version;
    of->counters[C_N_VALID] = s->n_valid;
    of->counters[C_OPTIM_KIND] = sidle_optim_rule(&s->optim->config);
    of->counters[C_OPTIM_UPDATES] = s->optim->updates;
    of->counters[C_LOG_ITEMS] = sum->items;
    of->counters[C_LOG_TARGETS] = sum->n_targets;
    of->counters[C_LOG_CORRECT] = sum->n_correct;
    of->scalars[D_PRODUCT] = s->optim->product;
    of->scalars[D_FACTOR] = s->factor;
    of->scalars[D_GRAD_NORM] = s->grad_norm;
    of->scalars[D_LOG_NATS] = sum->sum;
    of->scalars[D_LOG_Z] = sum->z;
    /* -1: nothing was added up since the last report. */
    of->told[T_UPDATES] = sum->items > 0 ? (double)sum->updates : -1.0;
    of->told[T_FACTOR] = sum->items > 0 ? sum->factor : 0.0;
    of->told[T_GRAD_NORM] = sum->items > 0 ? sum->grad_norm : 0.0;
}

static void clear_slot(const sidle_block *block, sidle_slot *slot)
{
    size_t rows = (size_t)block->rows;

    memset(slot->length, 0, rows * sizeof(*slot->length));
    memset(slot->clip, 0, rows * sizeof(*slot->clip));
    if (slot->x != NULL)
        memset(slot->x, 0, block->in * sizeof(*slot->x));
}

static void copy_slots(const sidle_runner *runner, sidle_block *block,
                       copies *of)
{
    for (int k = 0; k < n_kept(runner, block->index); k++) {
        sidle_slot *slot = &block->slots[k];

        memset(of->slot[k], 0, sizeof(of->slot[k]));
        if (slot->is_used) {
            of->slot[k][S_ITEM] = slot->item.number;
            of->slot[k][S_IS_USED] = 1;
            of->slot[k][S_STAMP] = slot->stamp;
            of->slot[k][S_VERSION] = slot->version;
        } else {
            clear_slot(block, slot);
        }
    }
}

static void copy_stashes(const sidle_runner *runner, sidle_station *s,
                         copies *of)
{
    size_t rows = (size_t)s->block->rows;

    for (int k = 0; k < n_waiting(runner, s->block->index); k++) {
        sidle_gradient *g = &s->gradients[k];
        /* Between its input gradient and its weight gradient. */
        int is_there =
            g->item > s->cursor.weights && g->item <= s->cursor.backwards;

        of->stash[k][G_ITEM] = is_there ? g->item : 0;
        of->stash[k][G_IS_THERE] = is_there;
        of->stash[k][G_IS_VALID] = is_there && g->is_valid;
        if (!is_there) {
            memset(g->length, 0, rows * sizeof(*g->length));
            memset(g->clip, 0, rows * sizeof(*g->clip));
        }
        if (g->dy != NULL && !of->stash[k][G_IS_VALID])
            memset(g->dy, 0, s->block->out * sizeof(*g->dy));
    }
}

static void clear_versions(sidle_block *block)
{
    for (int v = 0; v < block->n_versions; v++) {
        int is_used = v == block->version;

        for (int k = 0; k < block->n_slots; k++)
            is_used |= block->slots[k].is_used && block->slots[k].version == v;
        if (!is_used)
            memset(block->w[v], 0, block->weights * sizeof(sidle_real));
    }
}

static void copy_gradients(const sidle_runner *runner, const sidle_station *s,
                           copies *of)
{
    size_t rows = (size_t)s->block->rows;

    for (int k = 0; k < n_on_their_way(runner, s->block->index); k++) {
        sidle_message m;

        memset(of->gradient[k], 0, sizeof(of->gradient[k]));
        memset(of->length[k], 0, rows * sizeof(*of->length[k]));
        memset(of->clip[k], 0, rows * sizeof(*of->clip[k]));
        memset(of->payload[k], 0, s->block->out * sizeof(*of->payload[k]));
        if (!sidle_link_peek(sidle_station_behind(s), SIDLE_BACK, k, &m))
            continue;
        of->gradient[k][G_ITEM] = m.header->item;
        of->gradient[k][G_IS_THERE] = 1;
        memcpy(of->length[k], m.length, rows * sizeof(*m.length));
        memcpy(of->clip[k], m.clip, rows * sizeof(*m.clip));
        /* It came without its payload: the zeros stay. */
        if (!(m.header->flags & SIDLE_MSG_VALID))
            continue;
        of->gradient[k][G_IS_VALID] = 1;
        memcpy(of->payload[k], m.payload, s->block->out * sizeof(*m.payload));
    }
}

void sidle_runner_expect(sidle_runner *runner, int is_predicted_there)
{
    runner->is_predicted = is_predicted_there;
}

void sidle_runner_expect_rule(sidle_runner *runner)
{
    runner->is_same_rule = 1;
}

void sidle_runner_state(sidle_runner *runner, sidle_array **entries_p,
                        int *n_entries_p)
{
    if (runner->state == NULL && open_state(runner) != SIDLE_OK)
        SIDLE_DIE(SIDLE_EINTERNAL, "%s", sidle_fail_text());
    for (int i = 0; i < runner->n_stations; i++) {
        sidle_station *s = &runner->stations[i];

        copy_numbers(s, &runner->state->of[i]);
        copy_slots(runner, s->block, &runner->state->of[i]);
        copy_stashes(runner, s, &runner->state->of[i]);
        clear_versions(s->block);
        copy_gradients(runner, s, &runner->state->of[i]);
        sidle_flights_copy(s, &runner->state->of[i]);
    }
    sidle_state_list(runner);
    *entries_p = runner->state->entries;
    *n_entries_p = runner->state->n_entries;
}

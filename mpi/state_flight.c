/* state_flight.c - whether what is in flight in a checkpoint is what plan and
 * data say: items, places, lengths and clips, and the weights that they used.
 */
#include "mpi/state_flight.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

typedef struct rows {
    int32_t *length;
    int64_t *clip;
    int64_t n_targets; /* of all replicas */
} rows;

/* In this rank's scratch; item 0: nothing is there, and all is zero. */
static rows rows_of(const sidle_look *l, int64_t item)
{
    const sidle_source *source = l->s->runner->config.train;
    size_t n = (size_t)l->s->block->rows;
    rows r = {l->s->runner->state->length, l->s->runner->state->clip, 0};
    sidle_batch batch = {
        .rows = l->s->block->rows, .length = r.length, .clip = r.clip};

    memset(r.length, 0, n * sizeof(*r.length));
    memset(r.clip, 0, n * sizeof(*r.clip));
    if (item == 0)
        return r;
    sidle_source_fill(source, item, &batch);
    r.n_targets = batch.n_all;
    return r;
}

static sidle_status check_rows(const sidle_look *l, const char *name,
                               int64_t item, const int32_t *length,
                               const int64_t *clip, int64_t *n_targets_p)
{
    rows r = rows_of(l, item);
    char set[48];

    *n_targets_p = r.n_targets;
    for (int b = 0; b < (int)l->s->block->rows; b++) {
        snprintf(set, sizeof(set), "%s/length", name);
        SIDLE_TRY(sidle_look_is(l, set, b, length[b], r.length[b]));
        snprintf(set, sizeof(set), "%s/clip", name);
        SIDLE_TRY(sidle_look_is(l, set, b, clip[b], r.clip[b]));
    }
    return SIDLE_OK;
}

/* ---- slots */

/* The item in a kept slot at this boundary; 0: none. */
static int64_t item_in_slot(const sidle_look *l, int k)
{
    int n = n_kept(l->s->runner, l->block);
    int64_t back = (l->forwards - 1 - k) % n, item;

    /* A plan begins with an empty pipe, also one that goes on from another. */
    if (l->forwards <= l->plan->start)
        return 0;
    /* Slot k takes items k + 1, k + 1 + n, ..: this is the newest up to
     * here. */
    item = l->forwards - (back < 0 ? back + n : back);
    /* Its weight gradient is taken, which released the slot. */
    if (!l->plan->schedule->is_newest && item <= l->weights)
        return 0;
    return item > 0 ? item : 0;
}

static sidle_status check_slot(const sidle_look *l, int k)
{
    const int64_t *slot = l->of->slot[k];
    const sidle_slot *arrays = &l->s->block->slots[k];
    int64_t item = item_in_slot(l, k), n_targets;
    char name[24], set[32];

    snprintf(name, sizeof(name), "slot_%d", k);
    snprintf(set, sizeof(set), "%s/item", name);
    SIDLE_TRY(sidle_look_is(l, set, S_ITEM, slot[S_ITEM], item));
    SIDLE_TRY(sidle_look_is(l, set, S_IS_USED, slot[S_IS_USED], item > 0));
    SIDLE_TRY(sidle_look_within(l, set, S_STAMP, slot[S_STAMP],
                                item > 0 ? -1 : 0,
                                item > 0 ? l->of->counters[C_STAMP] : 0));
    SIDLE_TRY(sidle_look_within(l, set, S_VERSION, slot[S_VERSION], 0,
                                item > 0 ? l->s->block->n_versions - 1 : 0));
    return check_rows(l, name, item, arrays->length, arrays->clip, &n_targets);
}

/* Two items went forward with the same weights if the stamps say so; a resumed
 * run has none until it goes forward again. */
static sidle_status check_pair(const sidle_look *l, int k, const int64_t *other)
{
    const int64_t *slot = l->of->slot[k];
    char set[32], found[48];

    if (slot[S_STAMP] < 0 || other[S_STAMP] < 0 ||
        (slot[S_STAMP] == other[S_STAMP]) ==
            (slot[S_VERSION] == other[S_VERSION]))
        return SIDLE_OK;
    snprintf(set, sizeof(set), "slot_%d/item", k);
    snprintf(found, sizeof(found), "%lld, of update %lld",
             (long long)slot[S_VERSION], (long long)slot[S_STAMP]);
    return sidle_look_refuse(l, set, S_VERSION, found,
                             "one version for one update");
}

static sidle_status check_stamps(const sidle_look *l)
{
    const int64_t newest[N_SLOT] = {[S_STAMP] = l->of->counters[C_STAMP],
                                    [S_VERSION] = l->of->counters[C_VERSION]};
    int n = n_kept(l->s->runner, l->block);

    if (!l->plan->schedule->is_stashed)
        return SIDLE_OK;
    for (int k = 0; k < n; k++) {
        if (!l->of->slot[k][S_IS_USED])
            continue;
        SIDLE_TRY(check_pair(l, k, newest));
        for (int j = 0; j < k; j++)
            if (l->of->slot[j][S_IS_USED])
                SIDLE_TRY(check_pair(l, k, l->of->slot[j]));
    }
    return SIDLE_OK;
}

static int is_zero(const float *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (values[i] != 0.0f)
            return 0;
    return 1;
}

/* The last slot whose item used a version, or -1. */
static int user_of(const sidle_look *l, int version)
{
    int user = -1;

    for (int k = 0; k < n_kept(l->s->runner, l->block); k++)
        if (l->of->slot[k][S_IS_USED] && l->of->slot[k][S_VERSION] == version)
            user = k;
    return user;
}

/* What an item names is there, and what is there is named. */
static sidle_status check_versions(const sidle_look *l)
{
    const sidle_block *block = l->s->block;
    int newest = (int)l->of->counters[C_VERSION];
    char set[32], found[16];

    /* Weights that are all zero cannot be told from a version nothing uses. */
    if (is_zero(block->w[block->version], block->weights))
        return SIDLE_OK;
    for (int v = 0; v < block->n_versions; v++) {
        int user = user_of(l, v);

        if (v == newest ||
            (user < 0) ==
                /* Older versions are counted without the newest. */
                is_zero(older_version(block, v - (v > newest)), block->weights))
            continue;
        snprintf(set, sizeof(set), "slot_%d/item", user < 0 ? 0 : user);
        snprintf(found, sizeof(found), "%lld",
                 (long long)l->of->slot[user < 0 ? 0 : user][S_VERSION]);
        return sidle_look_refuse(
            l, set, S_VERSION, found,
            user < 0 ? "that some item uses each version that is "
                       "there"
                     : "a version that is there");
    }
    return SIDLE_OK;
}

/* ---- gradients */

/* `payload` NULL: the last block has none. A loss that is not finite, and rows
 * of other clips, make a gradient that is not valid, and has no payload. */
static sidle_status check_gradient(const sidle_look *l, const char *name,
                                   int64_t item, const int64_t *of,
                                   const int32_t *length, const int64_t *clip,
                                   const float *payload)
{
    const sidle_runner_config *config = &l->s->runner->config;
    int may_be_lost = config->skips_bad || config->train->clips != NULL;
    int64_t n_targets;
    char set[40];

    snprintf(set, sizeof(set), "%s/item", name);
    SIDLE_TRY(sidle_look_is(l, set, G_ITEM, of[G_ITEM], item));
    SIDLE_TRY(sidle_look_is(l, set, G_IS_THERE, of[G_IS_THERE], item > 0));
    SIDLE_TRY(check_rows(l, name, item, length, clip, &n_targets));
    /* Only a valid gradient has a payload: this one was not lost. */
    if (n_targets > 0 && payload != NULL && !is_zero(payload, l->s->block->out))
        may_be_lost = 0;
    return sidle_look_within(l, set, G_IS_VALID, of[G_IS_VALID],
                             n_targets > 0 && !may_be_lost, n_targets > 0);
}

static sidle_status check_arrivals(const sidle_look *l)
{
    int64_t n = 0;
    char name[24];

    if (l->item > l->plan->start && l->s->n_out > 0)
        /* What the next block has sent back and this one has not yet taken. */
        n = sidle_plan_backwards(l->plan, l->s->out[0].other, l->item) -
            l->back;
    for (int k = 0; k < n_on_their_way(l->s->runner, l->block); k++) {
        snprintf(name, sizeof(name), "gradient_%d", k);
        SIDLE_TRY(check_gradient(l, name, k < n ? l->back + 1 + k : 0,
                                 l->of->gradient[k], l->of->length[k],
                                 l->of->clip[k], l->of->payload[k]));
    }
    return SIDLE_OK;
}

/* The gradient in a saved stash; 0: none waits there. */
static int64_t item_in_stash(const sidle_look *l, int k)
{
    for (int64_t i = l->weights + 1; i <= l->back; i++)
        if (sidle_plan_stash(l->plan, l->block, i) == k)
            return i;
    return 0;
}

static sidle_status check_stashes(const sidle_look *l)
{
    char name[24];

    for (int k = 0; k < n_waiting(l->s->runner, l->block); k++) {
        const sidle_gradient *g = &l->s->gradients[k];

        snprintf(name, sizeof(name), "stash_%d", k);
        SIDLE_TRY(check_gradient(l, name, item_in_stash(l, k), l->of->stash[k],
                                 g->length, g->clip, g->dy));
    }
    return SIDLE_OK;
}

/* ---- by edges */

/* The number of the first message of an edge that is in flight at this
 * boundary, and how many are. */
static int64_t first_number(const sidle_look *l, const sidle_flight *f, int *n)
{
    sidle_round round = l->item > l->plan->start
                            ? sidle_plan_round(l->plan, l->item)
                            : (sidle_round){l->item + 1, l->item, 0};
    int64_t steps = l->item - (round.first - 1);
    int lag = f->direction == SIDLE_AHEAD
                  ? sidle_plan_act_lag(l->plan, f->edge)
                  : sidle_plan_grad_lag(l->plan, f->edge);

    *n = f->direction == SIDLE_AHEAD
             ? sidle_plan_acts_in_flight(l->plan, &round, f->edge, l->item)
             : sidle_plan_grads_in_flight(l->plan, &round, f->edge, l->item);
    return round.first + (steps > lag ? steps - lag : 0);
}

static sidle_status check_flights(const sidle_look *l)
{
    int count = sidle_flights_count(l->plan, l->block);

    for (int i = 0; i < count; i++) {
        const sidle_flight *f = &l->of->flights[i];
        int n, is_there, is_act = f->direction == SIDLE_AHEAD;
        int64_t number = first_number(l, f, &n) + f->place, n_targets;
        char name[32], set[48];

        is_there = f->place < n;
        number = is_there ? number : 0;
        sidle_flight_name(f, name, sizeof(name));
        sidle_text_format(set, sizeof(set), "%s/item", name);
        SIDLE_TRY(
            sidle_look_is(l, set, F_IS_THERE, f->words[F_IS_THERE], is_there));
        SIDLE_TRY(sidle_look_is(l, set, F_NUMBER, f->words[F_NUMBER], number));
        /* A gradient is that of the newest loss that has come back. */
        SIDLE_TRY(sidle_look_within(l, set, F_ITEM, f->words[F_ITEM],
                                    is_act ? number : 0,
                                    is_act ? number : l->item));
        SIDLE_TRY(sidle_look_within(l, set, F_IS_VALID, f->words[F_IS_VALID],
                                    is_act && is_there, is_there));
        SIDLE_TRY(check_rows(l, name, f->words[F_ITEM], f->length, f->clip,
                             &n_targets));
    }
    return SIDLE_OK;
}

sidle_status sidle_flight_check(const sidle_look *l)
{
    for (int k = 0; k < n_kept(l->s->runner, l->block); k++)
        SIDLE_TRY(check_slot(l, k));
    SIDLE_TRY(check_stamps(l));
    SIDLE_TRY(check_versions(l));
    SIDLE_TRY(check_arrivals(l));
    SIDLE_TRY(check_flights(l));
    return check_stashes(l);
}

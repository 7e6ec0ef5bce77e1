/* state_check.c - whether the numbers of a checkpoint are those of a run that
 * stands at its item, before anything uses one of them.
 *
 * Checksums tell that a file is as it was written, not by whom. What follows
 * from plan and data is held against them to the number: items, places, lengths
 * and clips of all that is in flight. Where losses may have been left out
 * (run.on_nan) or rows masked, counts have bounds. Which weights an item used
 * is told by what is in the versions: those that nothing uses are zero. */
#include "mpi/state_inside.h"

#include "base/text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct looker {
    const sidle_station *s;
    const copies *of;
    const sidle_plan *plan;
    int block;
    int64_t item, weights, back; /* fed, and done by this block */
} looker;

/* ---- words */

static sidle_status refuse(const looker *l, const char *set, int at,
                           const char *found, const char *expected)
{
    char replica[40] = "";

    if (l->s->runner->replica > 0)
        snprintf(replica, sizeof(replica), "/replica_%03d",
                 l->s->runner->replica);
    return sidle_fail(SIDLE_EDATA,
                      "the checkpoint is inconsistent: "
                      "'/pipeline%s/block_%03d/%s'[%d] is %s, expected %s",
                      replica, l->block, set, at, found, expected);
}

/* A number that has bounds. */
static sidle_status within(const looker *l, const char *set, int at,
                           int64_t value, int64_t least, int64_t most)
{
    char found[24], expected[64];

    if (value >= least && value <= most)
        return SIDLE_OK;
    snprintf(found, sizeof(found), "%lld", (long long)value);
    if (least == most)
        snprintf(expected, sizeof(expected), "%lld", (long long)least);
    else
        snprintf(expected, sizeof(expected), "%lld to %lld", (long long)least,
                 (long long)most);
    return refuse(l, set, at, found, expected);
}

static sidle_status is(const looker *l, const char *set, int at, int64_t value,
                       int64_t expected)
{
    return within(l, set, at, value, expected, expected);
}

static sidle_status real_within(const looker *l, const char *set, int at,
                                double value, double most)
{
    char found[32], expected[64];

    if (value >= 0.0 && value <= most)
        return SIDLE_OK;
    snprintf(found, sizeof(found), "%g", value);
    snprintf(expected, sizeof(expected), "0 to %g", most);
    return refuse(l, set, at, found, expected);
}

/* ---- counters and scalars */

/* A pipe that was drained, or cut at other clips, is another run's. */
static sidle_status check_place(const looker *l)
{
    const sidle_runner_config *config = &l->s->runner->config;
    const int64_t *c = l->of->counters;
    int is_drained = c[C_BACKWARDS] == l->item;

    SIDLE_TRY(is(l, "counters", C_ITEM, c[C_ITEM], l->item));
    SIDLE_TRY(within(l, "counters", C_BACKWARDS, c[C_BACKWARDS], 0, l->item));
    for (int k = 0; k < n_on_their_way(l->s->runner, l->block); k++)
        is_drained &= l->of->gradient[k][G_IS_THERE] == 0;
    if (c[C_BACKWARDS] == l->back)
        return SIDLE_OK;
    if (!is_drained && l->plan->next_cut == NULL &&
        config->train->clips == NULL)
        return is(l, "counters", C_BACKWARDS, c[C_BACKWARDS], l->back);
    return sidle_fail(
        SIDLE_EUSAGE,
        "block %d of the checkpoint has gradients of %lld of its %lld items, "
        "this run would have %lld: it was drained, or parallel.on_cut was "
        "different; resume from a step-* file with the same parallel.on_cut, "
        "or start a new run with --init",
        l->block, (long long)c[C_BACKWARDS], (long long)l->item,
        (long long)l->back);
}

/* Updates of this plan, and gradients of the next one: no more than items gave,
 * each one counted; at a cut for new clips an update may be of fewer. */
static sidle_status check_updates(const looker *l)
{
    const int64_t *c = l->of->counters, U = l->plan->update_every;
    int64_t start = l->plan->start, given = l->weights - start;
    int64_t rest = given;

    SIDLE_TRY(within(l, "counters", C_STAMP, c[C_STAMP], 0,
                     l->plan->next_cut != NULL ? given : given / U));
    if (l->plan->next_cut == NULL)
        rest -= c[C_STAMP] * U;
    SIDLE_TRY(
        within(l, "counters", C_N_VALID, c[C_N_VALID], 0, rest < U ? rest : U));
    SIDLE_TRY(within(l, "counters", C_UPDATES, c[C_UPDATES], c[C_STAMP],
                     c[C_STAMP] + start));
    return within(l, "counters", C_OPTIM_UPDATES, c[C_OPTIM_UPDATES], 0,
                  c[C_UPDATES]);
}

/* Only the last block adds up losses. */
static sidle_status check_sums(const looker *l)
{
    const int64_t *c = l->of->counters;
    const sidle_block *block = l->s->block;
    int64_t items = block->is_last ? l->item : 0, per_item;

    per_item = block->rows * sidle_model_loss(block->model)->targets;
    SIDLE_TRY(within(l, "counters", C_LOG_ITEMS, c[C_LOG_ITEMS], 0, items));
    items = c[C_LOG_ITEMS];
    SIDLE_TRY(within(l, "counters", C_LOG_TARGETS, c[C_LOG_TARGETS], 0,
                     items <= INT64_MAX / (per_item + 1) ? items * per_item
                                                         : INT64_MAX));
    return within(l, "counters", C_LOG_CORRECT, c[C_LOG_CORRECT], 0,
                  c[C_LOG_TARGETS]);
}

static sidle_status check_numbers(const looker *l)
{
    const int64_t *c = l->of->counters;
    const double *d = l->of->scalars;

    SIDLE_TRY(check_place(l));
    SIDLE_TRY(check_updates(l));
    SIDLE_TRY(within(l, "counters", C_VERSION, c[C_VERSION], 0,
                     l->s->block->n_versions - 1));
    if (l->s->runner->is_same_rule)
        SIDLE_TRY(is(l, "counters", C_OPTIM_KIND, c[C_OPTIM_KIND],
                     (int64_t)l->s->optim->config.kind));
    SIDLE_TRY(within(l, "counters", C_OPTIM_KIND, c[C_OPTIM_KIND], 0,
                     SIDLE_OPTIM_N_KINDS - 1));
    SIDLE_TRY(check_sums(l));
    SIDLE_TRY(real_within(l, "scalars", D_PRODUCT, d[D_PRODUCT], 1.0));
    SIDLE_TRY(real_within(l, "scalars", D_FACTOR, d[D_FACTOR], 1e30));
    SIDLE_TRY(real_within(l, "scalars", D_GRAD_NORM, d[D_GRAD_NORM], HUGE_VAL));
    SIDLE_TRY(
        real_within(l, "scalars", D_LOG_NATS, fabs(d[D_LOG_NATS]), 1e300));
    return real_within(l, "scalars", D_LOG_Z, fabs(d[D_LOG_Z]), 1e300);
}

/* ---- what is in flight: an item's lengths and clips, as the data have them */

typedef struct rows {
    int32_t *length;
    int64_t *clip;
    int64_t n_targets; /* of all replicas */
} rows;

/* In this rank's scratch; item 0: nothing is there, and all is zero. */
static rows rows_of(const looker *l, int64_t item)
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

static sidle_status check_rows(const looker *l, const char *name, int64_t item,
                               const int32_t *length, const int64_t *clip,
                               int64_t *n_targets_p)
{
    rows r = rows_of(l, item);
    char set[48];

    *n_targets_p = r.n_targets;
    for (int b = 0; b < (int)l->s->block->rows; b++) {
        snprintf(set, sizeof(set), "%s/length", name);
        SIDLE_TRY(is(l, set, b, length[b], r.length[b]));
        snprintf(set, sizeof(set), "%s/clip", name);
        SIDLE_TRY(is(l, set, b, clip[b], r.clip[b]));
    }
    return SIDLE_OK;
}

/* ---- slots */

/* The item in a kept slot at this cut; 0: none. */
static int64_t item_in_slot(const looker *l, int k)
{
    int n = n_kept(l->s->runner, l->block);
    int64_t back = (l->item - 1 - k) % n, item;

    if (l->item <= l->plan->start)
        return 0;
    item = l->item - (back < 0 ? back + n : back);
    if (!l->plan->schedule->is_newest && item <= l->weights)
        return 0;
    return item > 0 ? item : 0;
}

static sidle_status check_slot(const looker *l, int k)
{
    const int64_t *slot = l->of->slot[k];
    const sidle_slot *arrays = &l->s->block->slots[k];
    int64_t item = item_in_slot(l, k), n_targets;
    char name[24], set[32];

    snprintf(name, sizeof(name), "slot_%d", k);
    snprintf(set, sizeof(set), "%s/item", name);
    SIDLE_TRY(is(l, set, S_ITEM, slot[S_ITEM], item));
    SIDLE_TRY(is(l, set, S_IS_USED, slot[S_IS_USED], item > 0));
    SIDLE_TRY(within(l, set, S_STAMP, slot[S_STAMP], item > 0 ? -1 : 0,
                     item > 0 ? l->of->counters[C_STAMP] : 0));
    SIDLE_TRY(within(l, set, S_VERSION, slot[S_VERSION], 0,
                     item > 0 ? l->s->block->n_versions - 1 : 0));
    return check_rows(l, name, item, arrays->length, arrays->clip, &n_targets);
}

/* Two items went forward with the same weights if the stamps say so; a resumed
 * run has none until it goes forward again. */
static sidle_status check_pair(const looker *l, int k, const int64_t *other)
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
    return refuse(l, set, S_VERSION, found, "one version for one update");
}

static sidle_status check_stamps(const looker *l)
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
static int user_of(const looker *l, int version)
{
    int user = -1;

    for (int k = 0; k < n_kept(l->s->runner, l->block); k++)
        if (l->of->slot[k][S_IS_USED] && l->of->slot[k][S_VERSION] == version)
            user = k;
    return user;
}

/* What an item names is there, and what is there is named. */
static sidle_status check_versions(const looker *l)
{
    const sidle_block *block = l->s->block;
    int newest = (int)l->of->counters[C_VERSION];
    char set[32], found[16];

    if (is_zero(block->w[block->version], block->weights))
        return SIDLE_OK;
    for (int v = 0; v < block->n_versions; v++) {
        int user = user_of(l, v);

        if (v == newest ||
            (user < 0) ==
                is_zero(older_version(block, v - (v > newest)), block->weights))
            continue;
        snprintf(set, sizeof(set), "slot_%d/item", user < 0 ? 0 : user);
        snprintf(found, sizeof(found), "%lld",
                 (long long)l->of->slot[user < 0 ? 0 : user][S_VERSION]);
        return refuse(l, set, S_VERSION, found,
                      user < 0 ? "that some item uses each version that is "
                                 "there"
                               : "a version that is there");
    }
    return SIDLE_OK;
}

/* ---- gradients */

/* `payload` NULL: the last block has none. A loss that is not finite, and rows
 * of other clips, make a gradient that is not valid, and has no payload. */
static sidle_status check_gradient(const looker *l, const char *name,
                                   int64_t item, const int64_t *of,
                                   const int32_t *length, const int64_t *clip,
                                   const float *payload)
{
    const sidle_runner_config *config = &l->s->runner->config;
    int may_be_lost = config->skips_bad || config->train->clips != NULL;
    int64_t n_targets;
    char set[40];

    snprintf(set, sizeof(set), "%s/item", name);
    SIDLE_TRY(is(l, set, G_ITEM, of[G_ITEM], item));
    SIDLE_TRY(is(l, set, G_IS_THERE, of[G_IS_THERE], item > 0));
    SIDLE_TRY(check_rows(l, name, item, length, clip, &n_targets));
    if (n_targets > 0 && payload != NULL && !is_zero(payload, l->s->block->out))
        may_be_lost = 0;
    return within(l, set, G_IS_VALID, of[G_IS_VALID],
                  n_targets > 0 && !may_be_lost, n_targets > 0);
}

static sidle_status check_arrivals(const looker *l)
{
    int64_t n = 0;
    char name[24];

    if (l->item > l->plan->start && l->s->n_out > 0)
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
static int64_t item_in_stash(const looker *l, int k)
{
    for (int64_t i = l->weights + 1; i <= l->back; i++)
        if (sidle_plan_stash(l->plan, l->block, i) == k)
            return i;
    return 0;
}

static sidle_status check_stashes(const looker *l)
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

sidle_status sidle_state_check(const sidle_station *s, const copies *of,
                               int64_t item)
{
    looker l = {.s = s,
                .of = of,
                .plan = s->runner->config.plan,
                .block = s->block->index,
                .item = item};

    if (item < l.plan->start || item > l.plan->steps)
        return sidle_fail(SIDLE_EDATA,
                          "the checkpoint is of item %lld, expected %lld to "
                          "%lld",
                          (long long)item, (long long)l.plan->start,
                          (long long)l.plan->steps);
    l.back = sidle_plan_backwards(l.plan, l.block, item);
    l.weights = sidle_plan_weight_grads(l.plan, l.block, item);
    SIDLE_TRY(check_numbers(&l));
    for (int k = 0; k < n_kept(s->runner, l.block); k++)
        SIDLE_TRY(check_slot(&l, k));
    SIDLE_TRY(check_stamps(&l));
    SIDLE_TRY(check_versions(&l));
    SIDLE_TRY(check_arrivals(&l));
    return check_stashes(&l);
}

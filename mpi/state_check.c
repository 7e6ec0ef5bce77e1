/* state_check.c - whether the numbers of a checkpoint are those of a run that
 * stands at its item, before anything uses one of them.
 *
 * Checksums tell that a file is as it was written, not by whom. What follows
 * from plan and data is held against them to the number: items, places, lengths
 * and clips of all that is in flight. Where losses may have been left out
 * (run.on_nan) or rows masked, counts have bounds. Which weights an item used
 * is told by what is in the versions: those that nothing uses are zero. */
#include "mpi/state_flight.h"

#include "base/number.h"

#include <math.h>

/* A pipe that was drained, or flushed at other clips, is another run's. */
static sidle_status check_place(const sidle_look *l)
{
    const sidle_runner_config *config = &l->s->runner->config;
    const int64_t *c = l->of->counters;
    int is_drained = c[C_BACKWARDS] == l->item;

    SIDLE_TRY(sidle_look_is(l, "counters", C_ITEM, c[C_ITEM], l->forwards));
    SIDLE_TRY(sidle_look_within(l, "counters", C_BACKWARDS, c[C_BACKWARDS], 0,
                                l->item));
    for (int k = 0; k < n_on_their_way(l->s->runner, l->block); k++)
        is_drained &= l->of->gradient[k][G_IS_THERE] == 0;
    if (c[C_BACKWARDS] == l->back)
        return SIDLE_OK;
    if (!is_drained && l->plan->next_clip == NULL &&
        config->train->clips == NULL)
        return sidle_look_is(l, "counters", C_BACKWARDS, c[C_BACKWARDS],
                             l->back);
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
 * each one counted; at a clip change an update may be of fewer. */
static sidle_status check_updates(const sidle_look *l)
{
    const int64_t *c = l->of->counters, U = l->plan->update_every;
    int64_t more = 1 + sidle_plan_extra(l->plan, l->block);
    /* With skips a round has more gradients than items. */
    int64_t start = l->plan->start * more, given;
    int64_t rest;

    given = (l->weights - l->plan->start) * more;
    rest = given;

    SIDLE_TRY(
        sidle_look_within(l, "counters", C_STAMP, c[C_STAMP], 0,
                          l->plan->next_clip != NULL ? given : given / U));
    if (l->plan->next_clip == NULL)
        rest -= c[C_STAMP] * U;
    SIDLE_TRY(sidle_look_within(l, "counters", C_N_VALID, c[C_N_VALID], 0,
                                sidle_smaller(rest, U)));
    SIDLE_TRY(sidle_look_within(l, "counters", C_UPDATES, c[C_UPDATES],
                                c[C_STAMP], c[C_STAMP] + start));
    return sidle_look_within(l, "counters", C_OPTIM_UPDATES, c[C_OPTIM_UPDATES],
                             0, c[C_UPDATES]);
}

/* Only the last block adds up losses. */
static sidle_status check_sums(const sidle_look *l)
{
    const int64_t *c = l->of->counters;
    const sidle_block *block = l->s->block;
    int64_t items = block->is_last ? l->forwards : 0, per_item;

    per_item = block->rows * sidle_model_loss(block->model)->targets;
    SIDLE_TRY(sidle_look_within(l, "counters", C_LOG_ITEMS, c[C_LOG_ITEMS], 0,
                                items));
    /* The product must not overflow, whatever a broken file holds. */
    items = c[C_LOG_ITEMS];
    SIDLE_TRY(sidle_look_within(
        l, "counters", C_LOG_TARGETS, c[C_LOG_TARGETS], 0,
        items <= INT64_MAX / (per_item + 1) ? items * per_item : INT64_MAX));
    return sidle_look_within(l, "counters", C_LOG_CORRECT, c[C_LOG_CORRECT], 0,
                             c[C_LOG_TARGETS]);
}

static sidle_status check_numbers(const sidle_look *l)
{
    const int64_t *c = l->of->counters;
    const double *d = l->of->scalars;

    SIDLE_TRY(check_place(l));
    SIDLE_TRY(check_updates(l));
    SIDLE_TRY(sidle_look_within(l, "counters", C_VERSION, c[C_VERSION], 0,
                                l->s->block->n_versions - 1));
    if (l->s->runner->is_same_rule)
        SIDLE_TRY(sidle_look_is(l, "counters", C_OPTIM_KIND, c[C_OPTIM_KIND],
                                sidle_optim_rule(&l->s->optim->config)));
    if (!sidle_optim_is_rule(c[C_OPTIM_KIND]))
        SIDLE_TRY(sidle_look_within(l, "counters", C_OPTIM_KIND,
                                    c[C_OPTIM_KIND], 0,
                                    SIDLE_OPTIM_N_KINDS - 1));
    SIDLE_TRY(check_sums(l));
    SIDLE_TRY(sidle_look_real(l, "scalars", D_PRODUCT, d[D_PRODUCT], 1.0));
    SIDLE_TRY(sidle_look_real(l, "scalars", D_FACTOR, d[D_FACTOR], 1e30));
    SIDLE_TRY(
        sidle_look_real(l, "scalars", D_GRAD_NORM, d[D_GRAD_NORM], HUGE_VAL));
    SIDLE_TRY(
        sidle_look_real(l, "scalars", D_LOG_NATS, fabs(d[D_LOG_NATS]), 1e300));
    return sidle_look_real(l, "scalars", D_LOG_Z, fabs(d[D_LOG_Z]), 1e300);
}

sidle_status sidle_state_check(const sidle_station *s, const copies *of,
                               int64_t item)
{
    sidle_look l = {.s = s,
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
    l.forwards = sidle_plan_forwards(l.plan, l.block, item);
    l.weights = sidle_plan_weight_grads(l.plan, l.block, item);
    SIDLE_TRY(check_numbers(&l));
    return sidle_flight_check(&l);
}

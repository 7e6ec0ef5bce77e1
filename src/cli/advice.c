/* advice.c - delays in words, and the divisor of an update's rows that ends
 * them. */
#include "cli/advice.h"

#include "base/text.h"
#include "schedule/rule.h"

#include <inttypes.h>
#include <stdio.h>

static int may_be_late(const sidle_plan *plan)
{
    return !plan->schedule->is_flushed && !plan->schedule->is_newest;
}

static double delay_with(const sidle_plan *plan, int64_t update_every)
{
    sidle_plan other = *plan;

    other.update_every = (int)update_every;
    return sidle_plan_most_delay(&other);
}

/* Items per update: the fewest that are enough, else the most. */
static int64_t better(const sidle_plan *plan, int64_t a, int64_t b)
{
    int64_t few = a < b ? a : b, many = a < b ? b : a;

    return delay_with(plan, few) <= 1.0 ? few : many;
}

/* The best divisor of `rows`; each comes with another one. */
static int64_t best_divisor(const sidle_plan *plan, int64_t rows)
{
    int64_t best = 1;

    for (int64_t d = 1; d <= rows / d; d++) {
        if (rows % d != 0)
            continue;
        best = better(plan, best, d);
        if (rows / d <= INT32_MAX)
            best = better(plan, best, rows / d);
    }
    return best;
}

/* n * by / of, rounded up. */
static int64_t scale(int64_t n, int64_t by, int64_t of)
{
    return n / of * by + (n % of * by + of - 1) / of;
}

sidle_advice sidle_advise(const sidle_setup *setup)
{
    const sidle_plan *plan = &setup->plan;
    int64_t U = plan->update_every, batch = setup->options.data.batch;
    int n_replicas = setup->n_replicas;
    sidle_advice a = {.delay = sidle_plan_most_delay(plan),
                      .rows = U * batch * n_replicas,
                      .batch = batch,
                      .update_every = U,
                      .steps = plan->steps};

    a.then = a.delay;
    a.enough = (int64_t)n_replicas *
               sidle_rule_update_every(plan->schedule, plan->n_blocks);
    if (!may_be_late(plan) || a.delay <= 1.0)
        return a;
    a.update_every = best_divisor(plan, U * batch);
    a.batch = U * batch / a.update_every;
    a.steps = scale(plan->steps, a.update_every, U);
    a.then = delay_with(plan, a.update_every);
    return a;
}

int sidle_advice_is_needed(const sidle_advice *advice)
{
    return advice->then < advice->delay;
}

void sidle_advice_keys(const sidle_advice *advice, char *out, size_t size)
{
    out[0] = '\0';
    if (sidle_advice_is_needed(advice))
        snprintf(out, size,
                 "data.batch=%" PRId64 " parallel.update_every=%" PRId64
                 " run.steps=%" PRId64,
                 advice->batch, advice->update_every, advice->steps);
}

/* ---- words */

void sidle_delay_print(const sidle_setup *setup, char *out, size_t size)
{
    const sidle_plan *plan = &setup->plan;
    double delay = sidle_plan_most_delay(plan);
    int block = 1;

    if (delay == 0.0) {
        snprintf(out, size, "none with schedule %s and %d block%s",
                 plan->schedule->name, plan->n_blocks,
                 sidle_plural(plan->n_blocks));
        return;
    }
    while (sidle_plan_delay(plan, block) < delay)
        block++;
    snprintf(out, size, "%.3g update%s in block %d, 0 in block %d", delay,
             delay == 1.0 ? "" : "s", block, plan->n_blocks);
}

/* Where even items of one row are not enough. */
static void print_few(const sidle_advice *a, char *out, size_t size)
{
    out[0] = '\0';
    if (a->then > 1.0)
        snprintf(out, size,
                 "; %" PRId64 " row%s per update %s too few for a delay of one "
                 "update, which needs %" PRId64,
                 a->rows, sidle_plural(a->rows), a->rows == 1 ? "is" : "are",
                 a->enough);
}

void sidle_advice_print(const sidle_setup *setup, char *out, size_t size)
{
    sidle_advice a = sidle_advise(setup);
    char keys[128], few[128];

    out[0] = '\0';
    if (!may_be_late(&setup->plan) || a.delay <= 1.0)
        return;
    print_few(&a, few, sizeof(few));
    sidle_advice_keys(&a, keys, sizeof(keys));
    if (keys[0] == '\0')
        snprintf(out, size, "%s", few);
    else
        snprintf(out, size,
                 "%s; with the same %" PRId64 " rows per update, %s makes it "
                 "%.3g (other keys that count items: times %.3g)",
                 few, a.rows, keys, a.then,
                 (double)a.update_every / setup->plan.update_every);
}

/* advice.c - delays in words, and the divisor of an update's rows that is its
 * best number of items. */
#include "cli/advice.h"

#include "base/number.h"
#include "base/text.h"
#include "schedule/rule.h"

#include <inttypes.h>
#include <stdio.h>

/* The smallest divisor of `rows` that is `least` or more, else the largest;
 * each comes with another one. */
static int64_t divisor_from(int64_t least, int64_t rows)
{
    int64_t best = rows;

    for (int64_t d = 1; d <= rows / d; d++) {
        if (rows % d != 0)
            continue;
        if (d >= least)
            return sidle_smaller(best, d);
        if (rows / d >= least)
            best = rows / d;
    }
    return best;
}

/* n * by / of, rounded up. */
static int64_t scale(int64_t n, int64_t by, int64_t of)
{
    return n / of * by + (n % of * by + of - 1) / of;
}

static int64_t enough(const sidle_plan *plan)
{
    return sidle_rule_update_every(plan->schedule, plan->n_blocks);
}

/* The present rows of an update in so many items. */
static sidle_advice with_items(const sidle_setup *setup, int64_t items)
{
    const sidle_plan *plan = &setup->plan;
    int64_t U = plan->update_every, rows = U * setup->options.data.batch;
    double delay = sidle_plan_most_delay(plan);

    return (sidle_advice){
        .is_other = items != U,
        .batch = rows / items,
        .update_every = items,
        .steps = setup->is_by_updates ? 0 : scale(plan->steps, items, U),
        .delay = delay,
        .then = delay * (double)U / (double)items,
        .rows = rows * setup->n_replicas};
}

static int64_t best_items(const sidle_setup *setup)
{
    return divisor_from(enough(&setup->plan),
                        setup->plan.update_every * setup->options.data.batch);
}

static int is_too_late(const sidle_plan *plan)
{
    return !plan->schedule->is_flushed && !plan->schedule->is_newest &&
           sidle_plan_most_delay(plan) > 1.0;
}

sidle_advice sidle_advise(const sidle_setup *setup)
{
    return with_items(setup, is_too_late(&setup->plan)
                                 ? best_items(setup)
                                 : setup->plan.update_every);
}

sidle_advice sidle_advise_larger(const sidle_setup *setup)
{
    return with_items(
        setup, sidle_smaller(best_items(setup), setup->plan.update_every));
}

void sidle_advice_keys(const sidle_advice *advice, char *out, size_t size)
{
    char length[48] = "";

    out[0] = '\0';
    if (!advice->is_other)
        return;
    if (advice->steps > 0)
        snprintf(length, sizeof(length), " run.steps=%" PRId64, advice->steps);
    snprintf(out, size,
             "data.batch=%" PRId64 " parallel.update_every=%" PRId64 "%s",
             advice->batch, advice->update_every, length);
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
static void print_few(const sidle_setup *setup, const sidle_advice *a,
                      char *out, size_t size)
{
    out[0] = '\0';
    if (a->then > 1.0)
        snprintf(out, size,
                 "; %" PRId64 " row%s per update %s too few for a delay of one "
                 "update, which needs %" PRId64,
                 a->rows, sidle_plural(a->rows), a->rows == 1 ? "is" : "are",
                 enough(&setup->plan) * setup->n_replicas);
}

void sidle_advice_print(const sidle_setup *setup, char *out, size_t size)
{
    sidle_advice a = sidle_advise(setup);
    char keys[128], few[128];

    out[0] = '\0';
    if (!is_too_late(&setup->plan))
        return;
    print_few(setup, &a, few, sizeof(few));
    sidle_advice_keys(&a, keys, sizeof(keys));
    if (!a.is_other)
        snprintf(out, size, "%s", few);
    else
        snprintf(out, size,
                 "%s; with the same %" PRId64 " rows per update, %s makes it "
                 "%.3g (other keys that count items: times %.3g)",
                 few, a.rows, keys, a.then,
                 (double)a.update_every / setup->plan.update_every);
}

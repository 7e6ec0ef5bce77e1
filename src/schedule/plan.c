/* plan.c - what follows from a schedule's row: slots, rounds. */
#include "schedule/plan.h"
#include "base/number.h"

#include <inttypes.h>

/* Where a plan has skips, whether it can have them. */
static sidle_status check_graph(const sidle_plan *plan)
{
    const sidle_graph *graph = plan->graph;

    if (graph->n_blocks != plan->n_blocks)
        return sidle_fail(SIDLE_EUSAGE,
                          "a graph of %d blocks in a plan of %d blocks",
                          graph->n_blocks, plan->n_blocks);
    if (graph->n_edges < plan->n_blocks)
        return SIDLE_OK; /* the chain only */
    if (!plan->schedule->takes_skips)
        return sidle_fail(SIDLE_EUSAGE,
                          "schedule \"%s\" takes no skip from block %d to "
                          "block %d, only edges from a block to the next one",
                          plan->schedule->name,
                          graph->edges[plan->n_blocks - 1].from,
                          graph->edges[plan->n_blocks - 1].to);
    for (int b = 1; b <= plan->n_blocks; b++)
        if (sidle_plan_head_start(plan, b) != sidle_plan_tick_order(plan, b))
            return sidle_fail(SIDLE_EUSAGE,
                              "schedule \"%s\" begins backward in block %d "
                              "after %d items, expected %d: with skips it has "
                              "to be in tick order",
                              plan->schedule->name, b,
                              sidle_plan_head_start(plan, b),
                              sidle_plan_tick_order(plan, b));
    return SIDLE_OK;
}

sidle_status sidle_plan_check(const sidle_plan *plan)
{
    if (plan->schedule == NULL)
        return sidle_fail(SIDLE_EUSAGE, "the plan has no schedule");
    if (plan->n_blocks < 1)
        return sidle_fail(SIDLE_EUSAGE, "%d blocks, expected at least 1",
                          plan->n_blocks);
    if (plan->update_every < 1)
        return sidle_fail(SIDLE_EUSAGE,
                          "an update every %d items, expected at least 1",
                          plan->update_every);
    if (plan->steps < 0 || plan->eval_every < 0 || plan->eval_items < 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "%" PRId64 " steps, %" PRId64
                          " evaluation items every %" PRId64
                          " items, expected none below 0",
                          plan->steps, plan->eval_items, plan->eval_every);
    if (plan->start < 0 || plan->start > plan->steps)
        return sidle_fail(SIDLE_EUSAGE,
                          "the plan begins after item %" PRId64 " of %" PRId64
                          ", expected 0 to all of them",
                          plan->start, plan->steps);
    if (plan->is_forward && plan->start < plan->steps)
        return sidle_fail(SIDLE_EUSAGE,
                          "%" PRId64 " items to train in a plan of evaluations "
                          "only, expected none",
                          plan->steps - plan->start);
    if (plan->sums_norms && !plan->schedule->is_flushed)
        return sidle_fail(SIDLE_EUSAGE,
                          "schedule \"%s\" is never flushed, so the norm of "
                          "all blocks' gradients is not known at an update",
                          plan->schedule->name);
    return plan->graph != NULL ? check_graph(plan) : SIDLE_OK;
}

int sidle_plan_head_start(const sidle_plan *plan, int block)
{
    return plan->schedule->head_start(plan, block);
}

int sidle_plan_deferral(const sidle_plan *plan, int block)
{
    return plan->schedule->deferral != NULL ? plan->schedule->deferral(block)
                                            : 0;
}

double sidle_plan_delay(const sidle_plan *plan, int block)
{
    if (plan->schedule->is_flushed)
        return 0.0;
    return (double)sidle_plan_head_start(plan, block) /
           (double)plan->update_every;
}

double sidle_plan_reruns(const sidle_plan *plan, int block)
{
    double delay = sidle_plan_delay(plan, block);

    if (plan->schedule->is_stashed)
        return 0.0;
    if (plan->looks_ahead && delay > 0.0)
        return 1.0;
    if (plan->schedule->is_newest)
        return 0.0;
    /* Of U items in a row, as many as the head start has see an update between
     * their forward and their gradient. */
    return delay < 1.0 ? delay : 1.0;
}

static int flush_every(const sidle_plan *plan)
{
    return plan->schedule->flush_every != NULL
               ? plan->schedule->flush_every(plan->update_every)
               : 0;
}

/* `n` places, but no more than a round has items, where that is known. */
static int within_round(const sidle_plan *plan, int n)
{
    int most = flush_every(plan);

    return most > 0 && most < n && plan->counts == NULL ? most : n;
}

int sidle_plan_slots(const sidle_plan *plan, int block)
{
    if (plan->is_forward)
        return 0;
    if (plan->schedule->is_newest)
        return 1;
    return within_round(plan, sidle_plan_head_start(plan, block) +
                                  sidle_plan_deferral(plan, block) + 1);
}

int sidle_plan_versions(const sidle_plan *plan, int block)
{
    return plan->schedule->is_stashed ? sidle_plan_head_start(plan, block) + 1
                                      : 1;
}

int sidle_plan_stashes(const sidle_plan *plan, int block)
{
    if (plan->is_forward)
        return 0;
    return within_round(plan, sidle_plan_deferral(plan, block) + 1);
}

static int in_turn(int64_t item, int n)
{
    return n > 0 ? (int)((item - 1) % n) : 0;
}

int sidle_plan_slot(const sidle_plan *plan, int block, int64_t item)
{
    return in_turn(item, sidle_plan_slots(plan, block));
}

int sidle_plan_stash(const sidle_plan *plan, int block, int64_t item)
{
    return in_turn(item, sidle_plan_stashes(plan, block));
}

/* The first item of the next clips after `from`, wherever the run ends. */
static int64_t next_clip(const sidle_plan *plan, int64_t from)
{
    return plan->next_clip != NULL ? plan->next_clip(plan->context, from)
                                   : INT64_MAX;
}

/* The n-th item from `first` on that has a gradient, at most `last`. */
static int64_t nth_that_counts(const sidle_plan *plan, int64_t first, int n,
                               int64_t last)
{
    if (plan->counts == NULL)
        return sidle_smaller(last, first + n - 1);
    for (int64_t item = first; item < last; item++) {
        n -= plan->counts(plan->context, item) != 0;
        if (n == 0)
            return item;
    }
    return last;
}

sidle_round sidle_plan_round_from(const sidle_plan *plan, int64_t first)
{
    int64_t clip = next_clip(plan, first);
    int64_t last = sidle_smaller(plan->steps, clip - 1);
    int flush = flush_every(plan);

    if (flush > 0)
        last = nth_that_counts(plan, first, flush, last);
    return (sidle_round){first, last, last == plan->steps || last == clip - 1};
}

/* The first item after the start, or of new clips, that `item` comes after, or
 * it itself: nothing that was summed before it counts on. */
static int64_t begin_of(const sidle_plan *plan, int64_t item)
{
    int64_t first = plan->start + 1;

    for (int64_t clip; (clip = next_clip(plan, first)) <= item;)
        first = clip;
    return first;
}

sidle_round sidle_plan_round(const sidle_plan *plan, int64_t item)
{
    sidle_round round = {.first = begin_of(plan, item)};
    int flush = flush_every(plan);

    /* Rounds of one length are skipped at once; with gaps each must be
     * walked. */
    if (flush > 0 && plan->counts == NULL)
        round.first += (item - round.first) / flush * flush;
    round = sidle_plan_round_from(plan, round.first);
    while (round.last < item)
        round = sidle_plan_round_from(plan, round.last + 1);
    return round;
}

static int is_a_round_an_update(const sidle_plan *plan)
{
    return flush_every(plan) == plan->update_every;
}

int64_t sidle_plan_update_from(const sidle_plan *plan, int64_t item)
{
    int64_t U = plan->update_every, first;
    sidle_round round;

    if (item > plan->steps)
        return plan->steps + 1;
    first = begin_of(plan, item);
    if (!is_a_round_an_update(plan))
        return sidle_smaller(
            first + (item - first + U - 1) / U * U,
            sidle_smaller(next_clip(plan, first), plan->steps + 1));
    round = sidle_plan_round(plan, item);
    return round.first == item ? item : round.last + 1;
}

int64_t sidle_plan_update_after(const sidle_plan *plan, int64_t first)
{
    if (!is_a_round_an_update(plan))
        return sidle_smaller(
            first + plan->update_every,
            sidle_smaller(next_clip(plan, first), plan->steps + 1));
    return sidle_plan_round_from(plan, first).last + 1;
}

/* The last of a round's items that is done at the boundary of `item`, of what
 * begins `lag` steps late. */
static int64_t done_at(const sidle_round *round, int lag, int64_t item)
{
    return item - sidle_smaller(item - (round->first - 1), lag);
}

int64_t sidle_plan_forwards(const sidle_plan *plan, int block, int64_t item)
{
    sidle_round round;
    int lag = sidle_plan_forward_lag(plan, block);

    if (item <= plan->start || lag == 0)
        return item;
    round = sidle_plan_round(plan, item);
    return done_at(&round, lag, item);
}

int64_t sidle_plan_backwards(const sidle_plan *plan, int block, int64_t item)
{
    sidle_round round;

    if (item <= plan->start)
        return item;
    round = sidle_plan_round(plan, item);
    return done_at(&round, sidle_plan_head_start(plan, block), item);
}

int64_t sidle_plan_weight_grads(const sidle_plan *plan, int block, int64_t item)
{
    sidle_round round;
    int64_t back;

    if (item <= plan->start)
        return item;
    round = sidle_plan_round(plan, item);
    back = done_at(&round, sidle_plan_head_start(plan, block), item);
    return back - sidle_smaller(back - (round.first - 1),
                                sidle_plan_deferral(plan, block));
}

/* rule.c - the items of an update by rule. */
#include "schedule/rule.h"

#include <stddef.h>

/* Ticks that a block works on an item: forward, input and weight gradient. */
enum { WORK = 3, MOST_IDLE = 5 }; /* at most one part of so many */

static int quotient_up(int a, int b)
{
    return (a + b - 1) / b;
}

/* The smallest U with idle / (WORK U + idle) <= 1 / MOST_IDLE. */
static int few_idle_ticks(int idle)
{
    return quotient_up((MOST_IDLE - 1) * idle, WORK);
}

/* Items between a forward and its gradient, in the block with most. */
static int most_head_start(const sidle_plan *plan)
{
    int most = 0;

    for (int b = 1; b <= plan->n_blocks; b++) {
        int ahead = sidle_plan_head_start(plan, b);

        most = ahead > most ? ahead : most;
    }
    return most;
}

int sidle_rule_update_every(const sidle_schedule *schedule, int n_blocks)
{
    const sidle_plan plan = {
        .schedule = schedule, .n_blocks = n_blocks, .update_every = 1};
    int items = 1;

    if (schedule->idle_ticks != NULL)
        items = few_idle_ticks(schedule->idle_ticks(n_blocks));
    else if (!schedule->is_flushed && !schedule->is_newest)
        items = most_head_start(&plan);
    return items > 1 ? items : 1;
}

double sidle_plan_most_delay(const sidle_plan *plan)
{
    double most = 0.0;

    for (int b = 1; b <= plan->n_blocks; b++) {
        double delay = sidle_plan_delay(plan, b);

        most = delay > most ? delay : most;
    }
    return most;
}

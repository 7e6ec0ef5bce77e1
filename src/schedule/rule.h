/* rule.h - how many items an update takes if a run does not say: a rule of the
 * schedule and the number of blocks only, never of costs or clocks, because the
 * number is part of the mathematics. */
#ifndef SIDLE_SCHEDULE_RULE_H
#define SIDLE_SCHEDULE_RULE_H

#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The smallest U, at least 1, with which
 *   a flushed schedule idles at most a fifth of the time, counted in ticks:
 *     each block has its own worker, and a forward, an input gradient and a
 *     weight gradient last a tick each;
 *   a schedule that uses gradients at the activations and weights of their own
 *     items, or recomputes them, gets none more than one update late.
 * It is 1 where U changes neither: backprop, and a schedule whose gradients
 * meet the newest activation, which are late in items, not in updates.
 * Calls:   local, n_blocks from 1.
 */
int sidle_rule_update_every(const sidle_schedule *schedule, int n_blocks);

/** The largest sidle_plan_delay() of any block, in updates; a gradient is at
 * most that many late, rounded up. */
double sidle_plan_most_delay(const sidle_plan *plan);

#ifdef __cplusplus
}
#endif

#endif

/* print.h - a plan as a text diagram: one row per block, one column per unit of
 * time; a forward, an input gradient and a weight gradient last one unit. */
#ifndef SIDLE_SCHEDULE_PRINT_H
#define SIDLE_SCHEDULE_PRINT_H

#include "schedule/plan.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Print the work of each block over time, and its idle share.
 * `worker`: the workers of blocks as in sidle_play, or NULL.
 *
 * F forward, R forward run again, B input gradient, W weight gradient, E an
 * evaluation's forward, each with its item; a dot is idle time. Meant for
 * plans of a few items.
 * Errors:  those of sidle_plan_play().
 */
sidle_status sidle_plan_print(const sidle_plan *plan, const int *worker,
                              FILE *stream);

#ifdef __cplusplus
}
#endif

#endif

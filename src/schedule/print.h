/* print.h - a plan as a picture of text: one row a block, one column a unit of
 * time, every forward and half backward one unit long. */
#ifndef SIDLE_SCHEDULE_PRINT_H
#define SIDLE_SCHEDULE_PRINT_H

#include "schedule/plan.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Print who works on which item when, and the idle share of each block.
 * `worker`: as in sidle_play, who shares a worker; NULL: nobody.
 *
 * F forward, R forward run again, B input gradient, W weight gradient, E an
 * evaluation's forward, each with its item; a dot is idle time. Meant for
 * plans of a few items.
 * Errors:  what sidle_plan_play() answers.
 */
sidle_status sidle_plan_print(const sidle_plan *plan, const int *worker,
                              FILE *stream);

#ifdef __cplusplus
}
#endif

#endif

/* listing.h - a plan as text: the instructions of each block, item by item. */
#ifndef SIDLE_SCHEDULE_LISTING_H
#define SIDLE_SCHEDULE_LISTING_H

#include "schedule/plan.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Print each block's instructions, one line for consecutive items with the same
 * instructions:
 *
 *     block 1  items 1 to 3: load k, forward k, send activation k
 *              items 4 to 9: load k, .., receive gradient k - 3, ..
 *
 * An item's line has the instructions from its arrival to that of the next
 * item; the line of the last item of a round therefore includes the drain. An
 * update is listed with the item at which it happens.
 * Errors:  those of sidle_plan_check(); SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_plan_list(const sidle_plan *plan, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif

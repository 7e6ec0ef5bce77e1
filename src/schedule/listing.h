/* listing.h - a plan in words: what each block does, item by item. */
#ifndef SIDLE_SCHEDULE_LISTING_H
#define SIDLE_SCHEDULE_LISTING_H

#include "schedule/plan.h"

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Print each block's instructions, one line for all consecutive items that are
 * treated alike:
 *
 *     block 1  items 1 to 3: load k, forward k, send activation k
 *              items 4 to 9: load k, .., receive gradient k - 3, ..
 *
 * From an item's arrival to the next one's; what drains the pipe thus stands
 * with the last item of a round. An update is listed where it is made.
 * Errors:  what sidle_plan_check() answers; SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_plan_list(const sidle_plan *plan, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif

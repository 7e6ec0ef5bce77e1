/* chosen.h - chooses the options that depend on the number of blocks, which a
 * configuration may leave to the number of ranks. */
#ifndef SIDLE_RUN_CHOSEN_H
#define SIDLE_RUN_CHOSEN_H

#include "run/option_values.h"

/**
 * Replace what is left open by numbers, once the number of blocks is known:
 * parallel.update_every 0 by the rule of the schedule (schedule/rule.h),
 * optim.predict, if it is not set, by true where that rule was used for a
 * schedule that stashes weights, several blocks and Muon, run.updates by
 * run.steps. Calls:   local; the same result on every rank. Errors:
 * SIDLE_EUSAGE: too many items.
 */
sidle_status sidle_choose(sidle_options *options, int n_blocks);

#endif

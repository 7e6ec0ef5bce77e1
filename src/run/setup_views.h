/* setup_views.h - the inputs of a runner, a forecast and a picture from a
 * set-up. */
#ifndef SIDLE_RUN_SETUP_VIEWS_H
#define SIDLE_RUN_SETUP_VIEWS_H

#include "mpi/forecast.h"
#include "run/setup_state.h"

/** The memory that place `place` of each chain will reserve. */
sidle_forecast sidle_setup_forecast(const sidle_setup *setup, int place);

/** What a runner needs of it, on a rank of sidle_setup_all(): the caller adds
 * the callbacks that it needs. Owns: borrows setup and comm. */
sidle_runner_config sidle_setup_runner(const sidle_setup *setup,
                                       const sidle_comm *comm);

/** The plan without properties of the data: its first `steps` items (at most),
 * evaluations and clips left out, all with targets. */
sidle_plan sidle_setup_first_items(const sidle_setup *setup, int64_t steps);
/** Whether the plan has fewer items than an update needs: it makes one update,
 * at its end. New clips may make more. */
int sidle_setup_has_few_items(const sidle_setup *setup);
/** Operations of an item, forward and backward, in all replicas. */
double sidle_setup_flops(const sidle_setup *setup);

/** The plan's first items as a picture of text, to standard error. */
sidle_status sidle_setup_draw(const sidle_setup *setup);

#endif

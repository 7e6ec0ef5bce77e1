/* training_stop.h - decides when a run stops before its end, and reports
 * why. */
#ifndef SIDLE_RUN_TRAINING_STOP_H
#define SIDLE_RUN_TRAINING_STOP_H

#include "run/run_state.h"

/**
 * Rank 0: learn when the job ends (SLURM_JOB_END_TIME).
 * Calls:   local.
 * Errors:  those of sidle_deadline_check(): no time for anything.
 */
sidle_status sidle_training_plan_end(sidle_run *run);

/** Rank 0: whether there is a reason to stop now, which it reports. */
int sidle_training_should_stop(sidle_run *run, double now);

/** For the runner: whether a signal asked this rank to stop; rank 0 reports
 * it. */
int sidle_training_wants_stop(void *context);
/** At the boundary of a stop: rank 0 reports the signal that another rank
 * received. Calls: collective. */
void sidle_training_tell_stop(sidle_run *run);
/** Rank 0: a stop file that came after the last item would stop the next start,
 * so remove it. */
void sidle_training_drop_wish(const sidle_run *run);

#endif

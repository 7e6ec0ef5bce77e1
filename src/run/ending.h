/* ending.h - the end of a run that is finished: all of the held-out part
 * evaluated, final.json, and the last line. */
#ifndef SIDLE_RUN_ENDING_H
#define SIDLE_RUN_ENDING_H

#include "run/run_state.h"

/** Rank 0: an evaluation's report of sidle_ending_evaluate(). */
void sidle_ending_report(sidle_run *run, const sidle_report *report);

/**
 * Where eval.at_end says so and something is held out: go through all of it,
 * through the same ranks. A wish to stop breaks it off within about a second:
 * the run is finished. What fails is warned of.
 * Calls:   collective, when final.h5 is there.
 */
void sidle_ending_evaluate(sidle_run *run);

/** Rank 0: final.json of an older end is no longer true. */
void sidle_ending_forget(const sidle_run *run);
/** Rank 0: the line "finished: ..", and final.json. */
void sidle_ending_tell(const sidle_run *run);

#endif

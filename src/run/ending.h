/* ending.h - the end of a finished run: the evaluation of the whole held-out
 * part, final.json, and the last line of the log. */
#ifndef SIDLE_RUN_ENDING_H
#define SIDLE_RUN_ENDING_H

#include "run/run_state.h"

/** Rank 0: an evaluation's report of sidle_ending_evaluate(). */
void sidle_ending_report(sidle_run *run, const sidle_report *report);

/**
 * If eval.at_end is set and there is a held-out part: evaluate all of it on the
 * same ranks. A request to stop ends the evaluation within about a second: the
 * run is finished. Failures are warnings.
 * Calls:   collective, after final.h5 was saved.
 */
void sidle_ending_evaluate(sidle_run *run);

/** Rank 0: remove final.json of an earlier end of the run. */
void sidle_ending_forget(const sidle_run *run);
/** Rank 0: write the line "finished: ..", and final.json. */
void sidle_ending_tell(const sidle_run *run);

#endif

/* outputs.h - the outputs of a run: rank 0 writes its folder, the log,
 * metrics.csv and TensorBoard events; all ranks keep the folder of checkpoints
 * open.
 */
#ifndef SIDLE_RUN_OUTPUTS_H
#define SIDLE_RUN_OUTPUTS_H

#include "run/run_state.h"

/**
 * Open the run folder and copy the log into it; does nothing in a dry run.
 * Calls:   every rank for itself; sidle_outputs_close() ends it, also after a
 *          failure.
 * Errors:  rank 0: SIDLE_EIO.
 */
sidle_status sidle_outputs_open(sidle_run *run);
/** Open the folder of checkpoints and keep it open, after rank 0 has created
 * it. Calls: every rank for itself. */
void sidle_outputs_hold(sidle_run *run);

/**
 * Write the configuration and remove what was recorded after the step that the
 * run continues from.
 * Calls:   every rank for itself, when the start can no longer fail.
 * Errors:  rank 0: SIDLE_EIO.
 */
sidle_status sidle_outputs_begin(sidle_run *run);

/** Close all; without `has_begun`, what was created is removed again. */
void sidle_outputs_close(sidle_run *run);

#endif

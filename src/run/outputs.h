/* outputs.h - what rank 0 writes of a run: its folder, the log, metrics.csv,
 * events of TensorBoard; and the folder of checkpoints, which all ranks hold.
 */
#ifndef SIDLE_RUN_OUTPUTS_H
#define SIDLE_RUN_OUTPUTS_H

#include "run/run_state.h"

/**
 * Open the run folder and copy the log into it; nothing of a dry run.
 * Calls:   every rank for itself; sidle_outputs_close() ends it, also after a
 *          failure.
 * Errors:  rank 0: SIDLE_EIO.
 */
sidle_status sidle_outputs_open(sidle_run *run);
/** Hold the folder of checkpoints, when rank 0 has made it. Calls: every rank
 * for itself. */
void sidle_outputs_hold(sidle_run *run);

/**
 * Write the configuration and trim what was recorded behind the step that the
 * run goes on from.
 * Calls:   every rank for itself, when nothing of the start can fail any more.
 * Errors:  rank 0: SIDLE_EIO.
 */
sidle_status sidle_outputs_begin(sidle_run *run);

/** Close all; without `has_begun` what was made is removed again. */
void sidle_outputs_close(sidle_run *run);

#endif

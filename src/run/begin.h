/* begin.h - the runner of a run, put where the run begins. */
#ifndef SIDLE_RUN_BEGIN_H
#define SIDLE_RUN_BEGIN_H

#include "run/run_state.h"

/**
 * Reserve the runner and fill it: from the checkpoint that is gone on with,
 * drained first where blocks or schedule are others; from start.init; or with
 * fresh parameters.
 * Calls:   collective.
 * Errors:  those of the files, and of sidle_training_open().
 */
sidle_status sidle_begin(sidle_run *run);

#endif

/* begin.h - opens the runner of a run at the item where the run begins. */
#ifndef SIDLE_RUN_BEGIN_H
#define SIDLE_RUN_BEGIN_H

#include "run/run_state.h"

/**
 * Reserve the runner and fill it: from the checkpoint that the run continues
 * from, drained first if blocks or schedule differ; from start.init; or with
 * initial parameters.
 * Calls:   collective.
 * Errors:  those of the files, and of sidle_training_open().
 */
sidle_status sidle_begin(sidle_run *run);

#endif

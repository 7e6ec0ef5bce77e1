/* training.h - a run while it trains: the callbacks of its runner, and its
 * end. */
#ifndef SIDLE_RUN_TRAINING_H
#define SIDLE_RUN_TRAINING_H

#include "run/run_state.h"

/**
 * Reserve the runner of this rank: at every item it asks this run whether to
 * save or to stop, and each checkpoint of its is a step file that `latest.h5`
 * then points to.
 * Calls:   collective.
 * Errors:  those of sidle_runner_new().
 */
sidle_status sidle_training_open(sidle_run *run);

/**
 * Train to the last item, write final.h5, and report it.
 * Calls:   collective, after sidle_training_open().
 * Errors:  SIDLE_ESTOPPED: stopped, with a checkpoint; SIDLE_EIO: it was not
 *          written, or the last item's step file was not, which was reported.
 */
sidle_status sidle_training_run(sidle_run *run);

#endif

/* run.h - a run from its configuration to its last checkpoint.
 *
 *   sidle_run_open(&comm, config, NULL, &run);
 *   sidle_run_train(run);
 *   sidle_run_close(run);
 *
 * is what `sidle train` does. All ranks of `comm` call together, with the same
 * arguments; rank 0 writes the run folder and the log (base/log.h). Signals are
 * the program's: a run is asked to end by sidle_run_stop(), by the file "stop"
 * in its folder, or by the time of a Slurm job. */
#ifndef SIDLE_RUN_RUN_H
#define SIDLE_RUN_RUN_H

#include "mpi/comm.h"
#include "run/run_config.h"
#include "run/run_start.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_run sidle_run;

/**
 * Read the configuration, find where the run begins, open data and run folder,
 * build model and plan.
 * Calls:   collective over comm.
 * Owns:    borrows comm's communicator and all that `start` (or NULL) points
 *          to, until the caller closes the run.
 * Errors:  SIDLE_EUSAGE, SIDLE_EDATA, SIDLE_EIO, the same on every rank; rank
 *          0, or the first rank that failed, has reported it. A folder that was
 *          created for it is removed again.
 */
sidle_status sidle_run_open(const sidle_comm *comm,
                            const sidle_run_config *config,
                            const sidle_run_start *start, sidle_run **run_p);

/** Whether its last checkpoint was there already: nothing is left to do. */
int sidle_run_is_finished(const sidle_run *run);

/**
 * Check the run's need against the memory of its hosts, and warn of too few
 * data or items. sidle_run_train() does this, too, unless it was called.
 * Calls:   collective.
 * Errors:  SIDLE_EUSAGE: too little memory (a dry run: a warning).
 */
sidle_status sidle_run_check(sidle_run *run);

/**
 * Train to the last item and save final.h5. Of a finished run nothing is done.
 * Calls:   collective, once, of a run that is not dry.
 * Errors:  SIDLE_ESTOPPED: stopped, with a checkpoint to go on from;
 *          SIDLE_EIO: the end could not be saved; those of sidle_run_check();
 *          SIDLE_EUSAGE, SIDLE_EDATA, SIDLE_EIO from the file to go on from;
 *          SIDLE_EUSAGE: called twice, or of a dry run.
 */
sidle_status sidle_run_train(sidle_run *run);

/** Rank 0, from on_report(): end the run with a checkpoint, within a few items;
 * sidle_run_train() returns SIDLE_ESTOPPED. */
void sidle_run_stop(sidle_run *run);

/** Close the run; one that was not begun leaves no files. NULL is allowed.
 * Calls: collective. */
void sidle_run_close(sidle_run *run);

#ifdef __cplusplus
}
#endif

#endif

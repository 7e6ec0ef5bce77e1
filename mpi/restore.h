/* restore.h - from the arrays of a checkpoint back to a run at its boundary. */
#ifndef SIDLE_MPI_RESTORE_H
#define SIDLE_MPI_RESTORE_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runner sidle_runner;

/**
 * After the arrays of sidle_runner_state() were read from a checkpoint of item
 * `item`: stand just after that boundary. Arrays of an optimizer of another
 * kind are left zero by the caller; its own counters then begin anew.
 * Calls:   collective, on a runner that has not run.
 * Errors:  SIDLE_EDATA if a number is not of a run at that item: data set,
 *          value and what was expected are named; SIDLE_EUSAGE if the plan has
 *          other gradients in flight at that boundary.
 */
sidle_status sidle_runner_restore(sidle_runner *runner, int64_t item);

#ifdef __cplusplus
}
#endif

#endif

/* restore.h - restores a run at its boundary from the arrays of a
 * checkpoint. */
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
 * `item`: continue just after that boundary. The caller leaves arrays of an
 * optimizer of another kind zero; that optimizer's counters then begin from
 * zero.
 * Calls:   collective, on a runner that has not run.
 * Errors:  SIDLE_EDATA if a number cannot be that of a run at that item; the
 *          message names data set, value and what was expected. SIDLE_EUSAGE if
 *          the plan has other gradients in flight at that boundary.
 */
sidle_status sidle_runner_restore(sidle_runner *runner, int64_t item);

#ifdef __cplusplus
}
#endif

#endif

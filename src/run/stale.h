/* stale.h - the figures of log.staleness: their line in the log, and which
 * schedule would learn better. */
#ifndef SIDLE_RUN_STALE_H
#define SIDLE_RUN_STALE_H

#include "io/staleness_file.h"
#include "io/tensorboard.h"
#include "mpi/runner_config.h"
#include "schedule/plan.h"

#include <stddef.h>

/** Check that figures of the plan can be taken. Errors: SIDLE_EUSAGE: it has
 * skips between blocks. */
sidle_status sidle_stale_check(const sidle_plan *plan, int64_t every);
/** Write the line "step 400  rho 0.80 0.31 -  cosine .." of all blocks. */
void sidle_stale_figures(int64_t step, const sidle_staleness *of, int n_blocks,
                         char *out, size_t size);
/** Write one line of advice: "block 1: rho 0.8, cosine 0.31: sideways-1f1b or
 * pipedream"; empty if the gradients of all blocks are near the exact ones.
 * Returns the block that it is about, or 0. */
int sidle_stale_print(const char *schedule, const sidle_staleness *of,
                      int n_blocks, char *out, size_t size);
/** Write the figures to both places, each of which may be NULL. Errors: those
 * of sidle_staleness_file_append() and sidle_tensorboard_staleness(). */
sidle_status sidle_stale_record(sidle_staleness_file *file,
                                sidle_tensorboard *board, int64_t step,
                                const sidle_staleness *of, int n_blocks);

#endif

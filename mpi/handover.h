/* handover.h - the state that a drained run hands to another plan of the same
 * model.
 *
 * A run may continue with other blocks, another partition, another schedule or
 * another U. The new plan cannot use what is in flight; so the old one is
 * drained first (no item enters, every item gets its backward at every block, a
 * partial sum is applied). Then only the state of layers is left: weights, the
 * optimizer's state, and counters of updates. */
#ifndef SIDLE_MPI_HANDOVER_H
#define SIDLE_MPI_HANDOVER_H

#include "mpi/runner.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_handover sidle_handover;

/**
 * Copy the state of a runner whose plan has ended.
 * Calls:   local, on every rank; runner NULL: a rank that had no blocks.
 * Owns:    the runner may be freed; sidle_handover_free() ends the copy.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_handover_take(sidle_runner *runner,
                                 sidle_handover **handover_p);
/**
 * Put the copy into a runner that has not run and whose plan begins where the
 * other ended, with an empty pipe (plan->start). A block takes the counters of
 * the block that its first layer was in. `is_new_rule`: the optimizer is of
 * another kind and begins from zero; the schedule's counter of updates
 * continues.
 * Calls:   collective over the runner's ranks, of which the first of each
 *          replica had the other runner's blocks.
 * Errors:  SIDLE_EDATA if no rank has an array that the runner needs.
 */
sidle_status sidle_handover_give(const sidle_handover *handover,
                                 sidle_runner *runner, int is_new_rule);
/** NULL is allowed. */
void sidle_handover_free(sidle_handover *handover);

#ifdef __cplusplus
}
#endif

#endif

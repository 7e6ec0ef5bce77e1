/* staleness.h - what a schedule's delay costs, figure by figure
 * (log.staleness).
 *
 * Every N items, at the boundary of that item, the ranks of the first replica
 * compute for each block the exact gradient of the loss whose gradient the
 * block used last: one forward through all blocks and one backward, at the
 * weights that each block had when it used its own, dropout alike. Blocks that
 * used different items take a pass each. All this happens beside the training
 * (block_probe.h): its bits do not change. */
#ifndef SIDLE_MPI_STALENESS_H
#define SIDLE_MPI_STALENESS_H

#include "mpi/station.h"

/** Note the gradient that is about to be added, if a boundary with figures is
 * near. */
void sidle_staleness_note(sidle_station *station, const sidle_gradient *g);
/** Whether the block's boundary has figures that are not taken yet. */
int sidle_staleness_is_due(const sidle_station *station);
/** Take them, and tell them to config.on_staleness() at rank 0. Calls: the
 * ranks of the first replica, when all their blocks stand at that boundary. */
void sidle_staleness_take(sidle_runner *runner);

#endif

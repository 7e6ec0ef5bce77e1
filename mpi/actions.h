/* actions.h - carry out a block's instructions. Private to the runner. */
#ifndef SIDLE_MPI_ACTIONS_H
#define SIDLE_MPI_ACTIONS_H

#include "mpi/station.h"

/** Carry out the instruction at which the block stands; 0 if it has to wait. */
int sidle_action_try(sidle_station *station);
/** It is done: stand at the next one. At the end of the plan, what is left is
 * reported. */
void sidle_action_next(sidle_station *station);
/** Before a run: one that stands at its end already reports that, too. */
void sidle_action_begin(sidle_station *station);

#endif

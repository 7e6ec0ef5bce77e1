/* actions.h - carry out a block's instructions. Private to the runner. */
#ifndef SIDLE_MPI_ACTIONS_H
#define SIDLE_MPI_ACTIONS_H

#include "mpi/station.h"

/** Carry out the block's next instruction; returns 0 if it has to wait. */
int sidle_action_try(sidle_station *station);
/** Advance to the next instruction. At the end of the plan, report the losses
 * that are left. */
void sidle_action_next(sidle_station *station);
/** Before a run: a block whose plan has ended already reports that, too. */
void sidle_action_begin(sidle_station *station);

#endif

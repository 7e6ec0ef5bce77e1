/* ticks.h - evaluations of a network with skips between blocks, in tick order.
 * Private to the runner. */
#ifndef SIDLE_MPI_TICKS_H
#define SIDLE_MPI_TICKS_H

#include "mpi/station.h"

/** Keep an activation of an evaluation item that came by a skip. */
void sidle_tick_keep(const sidle_station *station, const sidle_end *end,
                     const sidle_message *message);
/** Before the forward of an evaluation item: for each skip and row the newest
 * activation that has come and is of the row's clip. */
void sidle_tick_merge(const sidle_station *station);

#endif

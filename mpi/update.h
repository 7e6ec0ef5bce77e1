/* update.h - from a block's gradients to its new weights. Private to the
 * runner. */
#ifndef SIDLE_MPI_UPDATE_H
#define SIDLE_MPI_UPDATE_H

#include "mpi/station.h"

/** After a weight gradient: begin the sum over the replicas if it was the last
 * one of its update. */
void sidle_update_begin_sum(sidle_station *station);
/** Carry out SIDLE_OP_SUM_NORMS and SIDLE_OP_UPDATE; each returns 0 if it has
 * to wait. */
int sidle_update_sum_norms(sidle_station *station);
int sidle_update_make(sidle_station *station);

#endif

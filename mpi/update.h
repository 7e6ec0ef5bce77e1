/* update.h - from a block's gradients to its new weights. Private to the
 * runner. */
#ifndef SIDLE_MPI_UPDATE_H
#define SIDLE_MPI_UPDATE_H

#include "mpi/station.h"

/** After a weight gradient: begin to sum over the replicas, if it was the last
 * one of its update. */
void sidle_update_begin_sum(sidle_station *station);
/** The actions of SIDLE_OP_SUM_NORMS and SIDLE_OP_UPDATE; 0 if they have to
 * wait. */
int sidle_update_sum_norms(sidle_station *station);
int sidle_update_make(sidle_station *station);

#endif

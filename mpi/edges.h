/* edges.h - the edges of the plan at the blocks of a rank. Private to the
 * runner. */
#ifndef SIDLE_MPI_EDGES_H
#define SIDLE_MPI_EDGES_H

#include "mpi/station.h"

/** Check the edges of a plan: blocks compute from their main input only.
 * Errors: SIDLE_EUSAGE: the plan has a skip. */
sidle_status sidle_edges_check(const sidle_plan *plan);
/** Open the links of this rank's blocks and assign their ends to the blocks.
 * Calls: all ranks, in any order, with their stations open. Errors:
 * SIDLE_EINTERNAL (memory). */
sidle_status sidle_edges_open(sidle_runner *runner);

#endif

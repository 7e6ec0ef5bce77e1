/* edges.h - the edges of the plan at the blocks of a rank. Private to the
 * runner. */
#ifndef SIDLE_MPI_EDGES_H
#define SIDLE_MPI_EDGES_H

#include "mpi/station.h"

/** Check that the skips of the plan are those of the model between its blocks.
 * Errors: SIDLE_EUSAGE: their numbers differ. */
sidle_status sidle_edges_check(const sidle_runner_config *config);
/** Open the links of this rank's blocks and assign their ends to the blocks.
 * Calls: all ranks, in any order, with their stations open. Errors:
 * SIDLE_EINTERNAL (memory). */
sidle_status sidle_edges_open(sidle_runner *runner);

#endif

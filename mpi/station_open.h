/* station_open.h - the beginning and the end of a station. Private to the
 * runner. */
#ifndef SIDLE_MPI_STATION_OPEN_H
#define SIDLE_MPI_STATION_OPEN_H

#include "mpi/station.h"

/** Reserve block `index`, with initial weights, at its plan's first
 * instruction; it has no ends of edges yet (edges.h). Errors: SIDLE_EINTERNAL
 * (memory); then close it all the same. */
sidle_status sidle_station_open(sidle_runner *runner, sidle_station *station,
                                int index);
void sidle_station_close(sidle_station *station);

#endif

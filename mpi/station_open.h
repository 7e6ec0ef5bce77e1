/* station_open.h - opens and closes a station. Private to the runner. */
#ifndef SIDLE_MPI_STATION_OPEN_H
#define SIDLE_MPI_STATION_OPEN_H

#include "mpi/station.h"

/** Reserve block `index`, with initial weights, at its plan's first
 * instruction; its ends of edges are set later (edges.h). Errors:
 * SIDLE_EINTERNAL (memory); close it in that case, too. */
sidle_status sidle_station_open(sidle_runner *runner, sidle_station *station,
                                int index);
void sidle_station_close(sidle_station *station);

#endif

/* halt.h - a run that stands. Private to the runner. */
#ifndef SIDLE_MPI_HALT_H
#define SIDLE_MPI_HALT_H

#include "mpi/station.h"

/** All blocks stand at a boundary whose item has a flag: let everything arrive,
 * save, and go on, or drain. Errors: those of on_save() where the run was to
 * stop; SIDLE_ESTOPPED. Calls: collective. */
sidle_status sidle_halt_leave(sidle_runner *runner);

#endif

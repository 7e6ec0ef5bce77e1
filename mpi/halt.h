/* halt.h - saves and stops at a boundary. Private to the runner. */
#ifndef SIDLE_MPI_HALT_H
#define SIDLE_MPI_HALT_H

#include "mpi/station.h"

/** When all blocks are at a boundary whose item has a flag: let all messages
 * arrive, save, and continue, or drain. Errors: those of on_save() where the
 * run was to stop; SIDLE_ESTOPPED. Calls: collective. */
sidle_status sidle_halt_leave(sidle_runner *runner);

#endif

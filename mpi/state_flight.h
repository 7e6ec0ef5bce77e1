/* state_flight.h - checks of what is in flight at a boundary. Private to the
 * state. */
#ifndef SIDLE_MPI_STATE_FLIGHT_H
#define SIDLE_MPI_STATE_FLIGHT_H

#include "mpi/state_look.h"

/** Check kept activations, weight versions, and gradients that are in flight or
 * wait.
 * Errors: SIDLE_EDATA. */
sidle_status sidle_flight_check(const sidle_look *look);

#endif

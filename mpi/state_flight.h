/* state_flight.h - what is in flight at a boundary. Private to the state. */
#ifndef SIDLE_MPI_STATE_FLIGHT_H
#define SIDLE_MPI_STATE_FLIGHT_H

#include "mpi/state_look.h"

/** Kept activations, versions of weights, gradients on their way and waiting.
 * Errors: SIDLE_EDATA. */
sidle_status sidle_flight_check(const sidle_look *look);

#endif

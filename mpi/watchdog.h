/* watchdog.h - a rank of which nothing can go on, and for whom it waits.
 * Private to the runner. */
#ifndef SIDLE_MPI_WATCHDOG_H
#define SIDLE_MPI_WATCHDOG_H

#include "mpi/station.h"

/** Whether the block waits for one before it; else for one behind it. */
int sidle_watchdog_looks_before(const sidle_station *station);
/** Learn the hosts of the ranks at both links. Calls: collective. */
void sidle_watchdog_meet(sidle_runner *runner);
/** After round `spins` without progress, from 1 or 0 on. When they have lasted
 * for config.patience seconds, says what each block waits for, and `why`, which
 * may be NULL, and ends the run with 70. */
void sidle_watchdog_look(sidle_runner *runner, int spins, const char *why);

#endif

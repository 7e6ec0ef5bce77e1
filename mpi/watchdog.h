/* watchdog.h - reports which rank a blocked rank waits for. Private to the
 * runner. */
#ifndef SIDLE_MPI_WATCHDOG_H
#define SIDLE_MPI_WATCHDOG_H

#include "mpi/station.h"

/** Whether the block waits for a previous block; else for a later one. */
int sidle_watchdog_looks_before(const sidle_station *station);
/** Exchange the hosts of the ranks at both ends of each link. Calls:
 * collective. */
void sidle_watchdog_meet(sidle_runner *runner);
/** Call after round `spins` without progress, from 1 or 0 on. When such rounds
 * have lasted for config.patience seconds, it reports what each block waits
 * for, and `why`, which may be NULL, and ends the run with exit code 70. */
void sidle_watchdog_look(sidle_runner *runner, int spins, const char *why);

#endif

/* startup.h - what can go wrong before MPI_Init has returned, said in time; how
 * long it may last is patience's (patience.h). */
#ifndef SIDLE_MPI_STARTUP_H
#define SIDLE_MPI_STARTUP_H

#include "base/status.h"

/* ---- in startup_check.c */
/**
 * Before MPI_Init, which ends a process that it cannot start with 1 and a page
 * of its own words.
 * Calls:   local.
 * Errors:  SIDLE_EUSAGE: started as one of several by somebody who speaks
 *          neither PMIx nor Open MPI's language, so that they would not find
 *          each other; SIDLE_EINTERNAL: the folder for MPI's files takes none.
 */
sidle_status sidle_startup_check(void);

/* ---- in startup.c */
/**
 * Just before MPI_Init. Until sidle_startup_end() a process that runs alone in
 * a step of Slurm is not seen to be in one: Open MPI would ask that step for
 * PMIx.
 *
 * The first rank of a host warns if the folder through which Open MPI's ranks
 * exchange messages there (/dev/shm) has not the room that they will ask for:
 * pages of it are had when they are touched, and a rank that gets none is
 * killed by SIGBUS.
 * Calls:   local.
 */
void sidle_startup_begin(void);
void sidle_startup_end(void);
/** Whether this process is between the two. */
int sidle_startup_is_on(void);

#endif

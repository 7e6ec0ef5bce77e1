/* startup.h - checks of faults that can occur before MPI_Init has returned;
 * patience.h limits its duration. */
#ifndef SIDLE_MPI_STARTUP_H
#define SIDLE_MPI_STARTUP_H

#include "base/status.h"

/* ---- in startup_check.c */
/**
 * Check before MPI_Init, which ends a process that it cannot start with exit
 * code 1 and a page of its own messages.
 * Calls:   local.
 * Errors:  SIDLE_EUSAGE: started as one of several by a launcher that supports
 *          neither PMIx nor Open MPI's protocol, so that the processes would
 *          not find each other; SIDLE_EINTERNAL: no file can be created in the
 *          folder for MPI's files.
 */
sidle_status sidle_startup_check(void);

/* ---- in startup.c */
/**
 * Just before MPI_Init. Until sidle_startup_end(), the fact that a process runs
 * alone in a step of Slurm is hidden: Open MPI would otherwise ask that step
 * for PMIx.
 *
 * The first rank of a host warns if the folder through which Open MPI's ranks
 * exchange messages there (/dev/shm) has less room than they will need: its
 * pages are allocated when they are touched, and a rank that gets none is
 * killed by SIGBUS.
 * Calls:   local.
 */
void sidle_startup_begin(void);
void sidle_startup_end(void);
/** Whether this process is between the two. */
int sidle_startup_is_on(void);

#endif

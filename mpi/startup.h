/* startup.h - what can go wrong before MPI_Init has returned, said in time. */
#ifndef SIDLE_MPI_STARTUP_H
#define SIDLE_MPI_STARTUP_H

/**
 * Just before MPI_Init, which waits for every process of the job and knows no
 * limit: one that has ended without MPI, or hangs, is waited for for ever.
 * After 30 s the first two ranks say so, after 300 s the process ends with 70.
 * Until sidle_startup_end() SIGALRM is ours.
 *
 * The first rank of a host warns if the folder through which Open MPI's ranks
 * exchange messages there (/dev/shm) has not the room that they will ask for:
 * pages of it are had when they are touched, and a rank that gets none is
 * killed by SIGBUS.
 * Calls:   local.
 */
void sidle_startup_begin(void);
void sidle_startup_end(void);

#endif

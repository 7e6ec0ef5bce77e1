/* patience.h - how long anybody waits for another rank that hangs or was
 * stopped. A run waits in three ways, each of which would be for ever:
 *
 *   inside MPI_Init, for a process that never gets there: told after 30 s,
 *   ended after 300 s;
 *   in any other call of MPI, for a start, a save, an end: run.patience. Rank 0
 *   goes round the ranks before such a call (sidle_meet(), comm.h), so that it
 *   can name the one that is missing;
 *   in a round of polls while the plan is carried out (watchdog.h), which knows
 *   what each block waits for: run.patience, too.
 *
 * MPI knows no limit. So each call in SIDLE_MPI() is written down here, and a
 * thread of this process looks once a second whether it is still the same one.
 * Who polls counts here as well. Both count seconds of their own: the time in
 * which the process itself is stopped, maybe with all the run, is none of them.
 * All end the process with 70. */
#ifndef SIDLE_MPI_PATIENCE_H
#define SIDLE_MPI_PATIENCE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SIDLE_PATIENCE = 300 };   /* seconds, until a configuration is read */
#define SIDLE_PATIENCE_BYTES 5e6 /* a second, below */

/**
 * Just before MPI_Init: begin to look. `rank` is as the launcher tells it; of
 * the ranks the first two say what MPI_Init waits for. `second` waits for one,
 * NULL: by sleeping.
 * Calls:   local, once.
 */
void sidle_patience_begin(int rank, void (*second)(void));
/**
 * MPI has started. A call that lasts longer than the limit now ends the process
 * with 70, with the rank that is missing where it is known (sidle_agree());
 * rank 0, which knows, is the first to do so. One rank alone waits for nobody.
 * Calls:   local.
 */
void sidle_patience_started(int rank, int size);
/** From here on calls may take any time. */
void sidle_patience_end(void);

/** The limit in seconds; 0: none. Calls: local. */
void sidle_patience_set(double seconds);

/**
 * What this process does from here on, with an article, and how many bytes
 * another one may read or write meanwhile while this one waits: the limit grows
 * by their time at 5 MB a second.
 * Calls:   local. Owns: borrows `doing`.
 */
void sidle_patience_for(const char *doing, double bytes);
/** Of that, so many bytes more. */
void sidle_patience_add(double bytes);

/** The rank that is waited for, -1: not known. */
void sidle_patience_expect(int rank);

/* ---- for one who polls */

typedef struct sidle_silence {
    double seconds; /* without progress */
    double looked;  /* when they were counted */
} sidle_silence;

/** One more round without progress ends `now`; answers the seconds so far,
 * which begin with the first one. A gap of a second or more between two rounds
 * is no silence of others, but this process that was stopped. */
double sidle_silence_add(sidle_silence *silence, double now, int is_first);

/* ---- for SIDLE_MPI() */

/** This process goes into the call that these words are, and comes back.
 * Calls:   local. */
void sidle_patience_enter(const char *call);
void sidle_patience_leave(void);

#ifdef __cplusplus
}
#endif

#endif

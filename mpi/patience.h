/* patience.h - MPI calls that do not come back, because another rank hangs or
 * was stopped.
 *
 * The runner polls, and has a watchdog that knows what each block waits for.
 * Everything else, a start, a save, an end, waits inside of MPI, which knows no
 * limit. So each call in SIDLE_MPI() is written down here, and a thread of this
 * process looks once a second whether it is still the same one. It counts its
 * own seconds: the time in which the process itself is stopped, maybe with all
 * the run, is none of them. */
#ifndef SIDLE_MPI_PATIENCE_H
#define SIDLE_MPI_PATIENCE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SIDLE_PATIENCE = 300 };   /* seconds, until a configuration is read */
#define SIDLE_PATIENCE_BYTES 5e6 /* a second, below */

/**
 * Begin to look; before it calls may take any time, and so they may after the
 * end. One that lasts longer than the limit ends the process with 70, with the
 * rank that is missing where it is known (sidle_agree()); rank 0, which knows,
 * is the first to do so.
 * Calls:   local.
 */
void sidle_patience_begin(int rank, int size);
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

/* ---- for SIDLE_MPI() */

/** This process goes into the call that these words are, and comes back.
 * Calls:   local. */
void sidle_patience_enter(const char *call);
void sidle_patience_leave(void);

#ifdef __cplusplus
}
#endif

#endif

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

#include <stdatomic.h>
#include <stddef.h>

enum { SIDLE_PATIENCE = 300 }; /* seconds, until a configuration is read */

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

extern _Atomic(const char *) sidle_patience_call; /* NULL: none */
extern atomic_ulong sidle_patience_calls;

static inline void sidle_patience_enter(const char *call)
{
    atomic_fetch_add_explicit(&sidle_patience_calls, 1, memory_order_relaxed);
    atomic_store_explicit(&sidle_patience_call, call, memory_order_release);
}

static inline void sidle_patience_leave(void)
{
    atomic_store_explicit(&sidle_patience_call, NULL, memory_order_release);
}

#endif

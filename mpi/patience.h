/* patience.h - how long a rank waits for another one that hangs or was stopped.
 * A run waits in three ways, none of which has a limit of its own:
 *
 *   inside MPI_Init, for a process that never calls it: reported after 30 s,
 *   ended after 300 s;
 *   in any other call of MPI, for a start, a save, an end: run.patience. Rank 0
 *   waits for all ranks before such a call (sidle_meet(), comm.h), so that it
 *   can name the one that is missing;
 *   in a round of polls while the plan is carried out (watchdog.h), which knows
 *   what each block waits for: run.patience, too.
 *
 * MPI has no time limit. So each call in SIDLE_MPI() is recorded here, and a
 * thread of this process checks once a second whether it is still the same one.
 * Rounds of polls are counted here as well. Both count seconds of their own:
 * the time in which the process itself is stopped, maybe with the whole run, is
 * not counted. All three end the process with exit code 70. */
#ifndef SIDLE_MPI_PATIENCE_H
#define SIDLE_MPI_PATIENCE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { SIDLE_PATIENCE = 300 };   /* seconds, until a configuration is read */
#define SIDLE_PATIENCE_BYTES 5e6 /* a second, below */

/**
 * Just before MPI_Init: begin to check. `rank` is the launcher's number of this
 * rank; only ranks 0 and 1 report what MPI_Init waits for. `second` waits for
 * one second; NULL: by sleeping.
 * Calls:   local, once.
 */
void sidle_patience_begin(int rank, void (*second)(void));
/**
 * MPI has started. A call that lasts longer than the limit now ends the process
 * with exit code 70 and names the missing rank where it is known
 * (sidle_agree()); rank 0, which knows it, is the first to do so. A single rank
 * never waits.
 * Calls:   local.
 */
void sidle_patience_started(int rank, int size);
/** Stop checking: calls may take any time from here on. */
void sidle_patience_end(void);

/** The limit in seconds; 0: none. Calls: local. */
void sidle_patience_set(double seconds);

/**
 * State what this process does from here on, with an article, and how many
 * bytes another one may read or write while this one waits: the limit grows by
 * their time at 5 MB per second.
 * Calls:   local. Owns: borrows `doing`.
 */
void sidle_patience_for(const char *doing, double bytes);
/** Add to the bytes of sidle_patience_for(). */
void sidle_patience_add(double bytes);

/** The rank that is waited for, -1: not known. */
void sidle_patience_expect(int rank);

/* ---- for loops that poll */

typedef struct sidle_silence {
    double seconds; /* without progress */
    double looked;  /* when they were counted */
} sidle_silence;

/** Count one more round without progress, which ends `now`; returns the seconds
 * so far, which begin with the first round. A gap of a second or more between
 * two rounds is not counted: this process was stopped. */
double sidle_silence_add(sidle_silence *silence, double now, int is_first);

/* ---- for SIDLE_MPI() */

/** Record that this process enters the call with this text, and that the call
 * returned.
 * Calls:   local. */
void sidle_patience_enter(const char *call);
void sidle_patience_leave(void);

#ifdef __cplusplus
}
#endif

#endif

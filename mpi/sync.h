/* sync.h - the clocks of all ranks, told in the time of rank 0.
 *
 * Hosts count their seconds from moments of their own, and not equally fast.
 * Each rank asks rank 0 for its time, many times in a row: the answer was given
 * somewhere between question and arrival, so half of the way there and back
 * bounds the error, and the shortest way is the best one (Cristian 1989). Done
 * once before and once after, a line between both takes out the drift. */
#ifndef SIDLE_MPI_SYNC_H
#define SIDLE_MPI_SYNC_H

#include "mpi/comm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Seconds; NULL as a clock means sidle_now(). */
typedef struct sidle_clock {
    double (*now)(void *context);
    void *context;
} sidle_clock;

/* A question and its answer. */
typedef struct sidle_exchange {
    double asked, got; /* on the clock of the one who asks */
    double answered;   /* on rank 0's */
} sidle_exchange;

/* What one rank knows of rank 0's clock. */
typedef struct sidle_sync {
    double at;     /* this rank's clock */
    double offset; /* seconds that rank 0's clock was ahead of it then */
    double error;  /* the offset is not farther off than this */
} sidle_sync;

double sidle_clock_now(const sidle_clock *clock);

/** The best of n >= 1 exchanges. Calls: local. */
sidle_sync sidle_sync_of(const sidle_exchange *exchanges, int n);
/** The moment `time` of this rank's clock on rank 0's, by a line through two
 * measurements; one alone (both the same) is taken as it is. Calls: local. */
double sidle_sync_time(const sidle_sync *before, const sidle_sync *after,
                       double time);
/**
 * Measure this rank's offset now; rank 0's is 0.
 * Calls:   collective over comm, while no other message is awaited there by
 *          tag SIDLE_TAG_CLOCK; some dozen microseconds a rank.
 */
sidle_sync sidle_sync_measure(const sidle_comm *comm, const sidle_clock *clock);

#ifdef __cplusplus
}
#endif

#endif

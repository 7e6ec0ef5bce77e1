/* sync.h - the clocks of all ranks, converted to the time of rank 0.
 *
 * Hosts count their seconds from different origins and at different rates. Each
 * rank asks rank 0 for its time, many times in a row: the reply was sent
 * between request and arrival, so half of the round-trip time bounds the error,
 * and the exchange with the shortest round trip is the best (Cristian 1989).
 * With one measurement before and one after, a line through both removes the
 * drift. */
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

/* A request and its reply. */
typedef struct sidle_exchange {
    double asked, got; /* on the clock of the rank that asks */
    double answered;   /* on rank 0's */
} sidle_exchange;

/* The offset of one rank to rank 0's clock. */
typedef struct sidle_sync {
    double at;     /* this rank's clock */
    double offset; /* seconds that rank 0's clock was ahead of it then */
    double error;  /* bound of the offset's error */
} sidle_sync;

double sidle_clock_now(const sidle_clock *clock);

/** The best of n >= 1 exchanges. Calls: local. */
sidle_sync sidle_sync_of(const sidle_exchange *exchanges, int n);
/** The moment `time` of this rank's clock on rank 0's, by a line through two
 * measurements; a single one (both the same) is used as it is. Calls: local. */
double sidle_sync_time(const sidle_sync *before, const sidle_sync *after,
                       double time);
/**
 * Measure this rank's offset now; rank 0's is 0.
 * Calls:   collective over comm, while no other message is awaited there by tag
 *          SIDLE_TAG_CLOCK; some dozen microseconds per rank.
 */
sidle_sync sidle_sync_measure(const sidle_comm *comm, const sidle_clock *clock);

#ifdef __cplusplus
}
#endif

#endif

/* replica.h - what the first blocks of a run's replicas tell each other.
 *
 * A run has R chains of blocks, each with rows of its own; world rank =
 * replica * (ranks of a chain) + place in the chain. All chains follow one
 * plan. What a plan leaves open is decided by replica 0's first block: at which
 * item to save or to stop. It sends each item's decision to the first blocks of
 * the other replicas, which wait for it before the item enters; they send back
 * a wish to stop and how busy their chains are. The messages are small and few
 * are on their way; nobody waits but for a decision, and for the others when it
 * is a few items ahead of them. */
#ifndef SIDLE_MPI_REPLICA_H
#define SIDLE_MPI_REPLICA_H

#include "mpi/comm.h"

#include <stdint.h>

typedef struct sidle_replicas sidle_replicas;

/**
 * Calls:   the first rank of every chain; the others have none.
 * Owns:    borrows comm. Errors: SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_replicas_open(const sidle_comm *comm, int n_replicas,
                                 sidle_replicas **replicas_p);
/** NULL is nothing. Calls: when every mark has been seen. */
void sidle_replicas_close(sidle_replicas *replicas);

/* Replica 0; NULL: there are no others. */

/** Whether a decision can be sent at once; else ask again. */
int sidle_replicas_can_decide(sidle_replicas *replicas);
/** The rank of the first one for which it cannot; -1: none. */
int sidle_replicas_behind(const sidle_replicas *replicas);
void sidle_replicas_decide(sidle_replicas *replicas, int64_t item, int flags);
/** Take what has come; whether anybody wishes to stop. */
int sidle_replicas_have_wish(sidle_replicas *replicas);
/** Least busy share of the other chains, as last heard; NULL: 1. */
double sidle_replicas_busy(const sidle_replicas *replicas);

/* The others. */

/** The decision about `item`, or 0 if it is not there yet. */
int sidle_replicas_decided(sidle_replicas *replicas, int64_t item, int *flags);
/** Once until forget(), if it can be sent at once; else ask again. */
void sidle_replicas_wish(sidle_replicas *replicas);
/** Nothing if it cannot be sent at once. */
void sidle_replicas_tell_busy(sidle_replicas *replicas, double busy);

/* All; NULL is nothing. */

/** Behind what was sent to replica 0. */
void sidle_replicas_mark(sidle_replicas *replicas);
/** Whether the next mark of every other replica has come, which is then
 * forgotten. Replicas but 0, and NULL: 1. */
int sidle_replicas_are_marked(sidle_replicas *replicas);
/** The wish to stop is fulfilled. */
void sidle_replicas_forget(sidle_replicas *replicas);

#endif

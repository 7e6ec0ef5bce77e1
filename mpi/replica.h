/* replica.h - the messages between the first blocks of a run's replicas.
 *
 * A run has R chains of blocks, each with its own rows; world rank = replica *
 * (ranks of a chain) + place in the chain. All chains follow one plan. Replica
 * 0's first block decides what a plan leaves open: at which item to save or to
 * stop. It sends each item's decision to the first blocks of the other
 * replicas, which wait for it before the item enters; they send back requests
 * to stop and the busy shares of their chains. The messages are small, and few
 * are in flight; a first block waits only for a decision, and replica 0's waits
 * for the others when it is a few items ahead of them. */
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
/** NULL is allowed. Calls: when every mark has been seen. */
void sidle_replicas_close(sidle_replicas *replicas);

/* For replica 0; NULL: there are no others. */

/** Whether a decision can be sent now; else call again. */
int sidle_replicas_can_decide(sidle_replicas *replicas);
/** The first rank to which a decision cannot be sent; -1: none. */
int sidle_replicas_behind(const sidle_replicas *replicas);
void sidle_replicas_decide(sidle_replicas *replicas, int64_t item, int flags);
/** Process arrived messages; returns whether a replica requests a stop. */
int sidle_replicas_have_wish(sidle_replicas *replicas);
/** Lowest busy share of the other chains, as last received; NULL: 1. */
double sidle_replicas_busy(const sidle_replicas *replicas);

/* For the other replicas. */

/** Get the decision about `item`; returns 0 if it has not arrived. */
int sidle_replicas_decided(sidle_replicas *replicas, int64_t item, int *flags);
/** Request a stop, once until forget(), if it can be sent now; else call
 * again. */
void sidle_replicas_wish(sidle_replicas *replicas);
/** Send the busy share; does nothing if it cannot be sent now. */
void sidle_replicas_tell_busy(sidle_replicas *replicas, double busy);

/* For all; NULL is allowed. */

/** Send a mark after everything that was sent to replica 0. */
void sidle_replicas_mark(sidle_replicas *replicas);
/** Whether the next mark of every other replica has arrived; if so, consumes
 * them. Replicas other than 0, and NULL: 1. */
int sidle_replicas_are_marked(sidle_replicas *replicas);
/** Forget the stop request: it was carried out. */
void sidle_replicas_forget(sidle_replicas *replicas);

#endif

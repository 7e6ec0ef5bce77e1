/* channel.h - one direction between two blocks: places for messages of any
 * meaning.
 *
 * A message lies in a ring of places: the sending end fills them in turn, the
 * receiving end takes them in turn. In memory both ends are the same ring and a
 * place is free when it is not full. Between ranks each end has its own ring; a
 * place of the sender is free when its send has completed, a place of the
 * receiver is full when its receive has completed. Private to the link. */
#ifndef SIDLE_MPI_CHANNEL_H
#define SIDLE_MPI_CHANNEL_H

#include "mpi/comm.h"

#include "base/carve.h"
#include "schedule/graph.h"

typedef struct sidle_channel_end {
    MPI_Comm comm;
    MPI_Datatype line; /* SIDLE_ALIGN bytes: no count overflows an int */
    int peer;          /* rank of the other end; -1: this one, in memory */
    int is_receiver, tag;
} sidle_channel_end;

typedef struct sidle_channel {
    sidle_channel_end end;
    size_t bytes; /* of a place, a multiple of SIDLE_ALIGN */
    unsigned char *place[SIDLE_EDGE_PLACES];
    MPI_Request request[SIDLE_EDGE_PLACES];
    int is_full[SIDLE_EDGE_PLACES];
    int fill, take; /* the next place to fill, to take */
} sidle_channel;

/** Take places of `bytes` each, or measure them (base/carve.h). */
void sidle_channel_carve(sidle_carve *carve, sidle_channel *ch, size_t bytes);
/** Zero the places, and receive into them. Calls: after the boundary. */
void sidle_channel_open(sidle_channel *ch, const sidle_channel_end *end);
/** Wait until all sends have completed. */
void sidle_channel_close(sidle_channel *ch);

/** The place to fill; NULL if it is not free yet. */
unsigned char *sidle_channel_free_place(sidle_channel *ch);
/** Send the first `bytes` of that place. */
void sidle_channel_send(sidle_channel *ch, size_t bytes);

/** The k-th message that waits; NULL if fewer wait. */
unsigned char *sidle_channel_waiting(sidle_channel *ch, int k);
/** Free the place of the first message that waits. */
void sidle_channel_taken(sidle_channel *ch);
/** A place to put a message back into, after those that wait already. */
unsigned char *sidle_channel_put_back(sidle_channel *ch);
/** Let transfers make progress. */
void sidle_channel_poke(sidle_channel *ch);

#endif

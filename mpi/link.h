/* link.h - an edge of the plan at work: what two blocks send to each other.
 *
 * A link carries activations ahead and gradients back, as messages with a
 * header, in order, at most two in flight a direction. Its two ends may be on
 * two ranks (non-blocking MPI, receives posted first, two buffers each) or on
 * one (the same two buffers in memory): the blocks cannot tell. There is no
 * barrier; a full or an empty channel is the only thing anybody waits for. */
#ifndef SIDLE_MPI_LINK_H
#define SIDLE_MPI_LINK_H

#include "mpi/comm.h"
#include "schedule/plan.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_direction {
    SIDLE_AHEAD, /* along the edge */
    SIDLE_BACK
} sidle_direction;

/* Flags of a header. */
enum {
    SIDLE_MSG_VALID = 1, /* has a payload that counts */
    SIDLE_MSG_EVAL = 2,  /* forward only */
    SIDLE_MSG_SAVE = 4,  /* AHEAD: take a checkpoint at this item's boundary */
    SIDLE_MSG_STOP = 8,  /* AHEAD: stop at this item's boundary; BACK: someone
                            was asked to stop, first block please decide */
    SIDLE_MSG_BAD = 16,  /* BACK: was found not to be finite; for words only */
    SIDLE_MSG_END = 32,  /* AHEAD: this item is the last one of the run */
    /* What is decided about an item before it enters. */
    SIDLE_MSG_DECIDED = SIDLE_MSG_SAVE | SIDLE_MSG_STOP | SIDLE_MSG_END
};

/* What travels before the payload; per-row numbers follow it. */
typedef struct sidle_header {
    uint32_t magic;
    int32_t rows;
    int64_t item;  /* the receiver asserts it */
    int32_t block; /* sender, from 1 */
    int32_t flags;
    double busy; /* BACK: least busy share of the ranks behind */
    double norm; /* BACK: of the gradient of block (item modulo D) + 1 in its
                    last update, if it is behind; 0: none, or not known */
} sidle_header;

typedef struct sidle_message {
    sidle_header *header;
    int32_t *length; /* (B) valid inputs */
    int64_t *clip;   /* (B) */
    float *payload;  /* (B, N, d) */
} sidle_message;

typedef struct sidle_link sidle_link;

typedef struct sidle_link_config {
    int number; /* of the edge in its plan, from 0 */
    sidle_edge edge;
    int from_rank, to_rank; /* owners of its blocks; equal: in memory */
    int rows;
    size_t payload; /* floats of a message */
} sidle_link_config;

/**
 * Open the link of an edge.
 * Calls:   local; both ranks, in any order. Receives are posted here.
 * Errors:  SIDLE_EUSAGE: the edge has not SIDLE_EDGE_PLACES places;
 *          SIDLE_EINTERNAL (memory). A message with a foreign header dies.
 */
sidle_status sidle_link_open(const sidle_comm *comm,
                             const sidle_link_config *config,
                             sidle_link **link_p);
/** Bytes that sidle_link_open() reserves. Calls: local, also without MPI. */
size_t sidle_link_bytes(int rows, size_t payload);
/** Waits for its sends and takes its receives back; NULL is nothing.
 * Calls: both ranks; no message may be on its way to a posted receive. */
void sidle_link_close(sidle_link *link);

/** A free buffer to fill, or 0 if both are still on their way. */
int sidle_link_send_begin(sidle_link *link, sidle_direction direction,
                          sidle_message *message);
/** Send the buffer that send_begin() lent. */
void sidle_link_send_end(sidle_link *link, sidle_direction direction);
/** The oldest arrived message, lent until receive_end(); 0 if none is there.*/
int sidle_link_receive_begin(sidle_link *link, sidle_direction direction,
                             sidle_message *message);
void sidle_link_receive_end(sidle_link *link, sidle_direction direction);
/** The i-th arrived message (0: the oldest) without taking it; for saving. */
int sidle_link_peek(sidle_link *link, sidle_direction direction, int i,
                    sidle_message *message);
/** Put a message back in flight, behind those that wait, when a run is
 * resumed. Calls: the receiver's end, before the other end sends. */
void sidle_link_restore(sidle_link *link, sidle_direction direction,
                        const sidle_message *message);
/**
 * Squares of gradient norms, on a way of their own: those of the blocks behind
 * go back, the total ahead. Both ends know n; n <= 1024.
 * Both answer 0 where they must be tried again.
 */
int sidle_link_send_norms(sidle_link *link, sidle_direction direction, int n,
                          const double *squares);
int sidle_link_receive_norms(sidle_link *link, sidle_direction direction, int n,
                             double *squares);
/** Let transfers go forward; cheap, may be called between kernels. */
void sidle_link_poke(sidle_link *link);

#ifdef __cplusplus
}
#endif

#endif

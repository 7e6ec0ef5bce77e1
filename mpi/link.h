/* link.h - an edge of the plan at run time: the messages of two blocks to each
 * other.
 *
 * A link carries activations forward and gradients back, as messages with a
 * header, in order, at most two in flight per direction. Its two ends may be on
 * two ranks (non-blocking MPI, receives posted first, two buffers each) or on
 * one (the same two buffers in memory): the blocks see no difference. There is
 * no barrier; a block waits only for a full or an empty channel. */
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
    SIDLE_MSG_STOP = 8,  /* AHEAD: stop at this item's boundary; BACK: a rank
                            was asked to stop; the first block decides at which
                            item */
    SIDLE_MSG_BAD = 16,  /* BACK: was found not to be finite; used in messages
                            only */
    SIDLE_MSG_END = 32,  /* AHEAD: this item is the last one of the run */
    /* The decisions about an item before it enters. */
    SIDLE_MSG_DECIDED = SIDLE_MSG_SAVE | SIDLE_MSG_STOP | SIDLE_MSG_END
};

/* What precedes the payload in a message; per-row numbers follow it. */
typedef struct sidle_header {
    uint32_t magic;
    int32_t rows;
    int64_t item;   /* of a gradient: whose loss it is */
    int64_t number; /* of an activation its item, of a gradient the number of
                       the sender's backward; the receiver asserts it */
    int32_t block;  /* sender, from 1 */
    int32_t flags;
    double busy; /* BACK: lowest busy share of the later ranks */
    double norm; /* BACK: of the gradient of block (item modulo D) + 1 in its
                    last update, if it is a later block; 0: none, or not
                    known */
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
 * Errors:  SIDLE_EUSAGE: the edge does not have SIDLE_EDGE_PLACES places;
 *          SIDLE_EINTERNAL (memory). A message with a foreign header aborts the
 *          run.
 */
sidle_status sidle_link_open(const sidle_comm *comm,
                             const sidle_link_config *config,
                             sidle_link **link_p);
/** Bytes that sidle_link_open() reserves. Calls: local, also without MPI. */
size_t sidle_link_bytes(int rows, size_t payload);
/** Waits for its sends and cancels its receives; NULL is allowed.
 * Calls: both ranks; no message may be in flight to a posted receive. */
void sidle_link_close(sidle_link *link);

/** Get a free buffer to fill; returns 0 if both are still in flight. */
int sidle_link_send_begin(sidle_link *link, sidle_direction direction,
                          sidle_message *message);
/** Send the buffer that send_begin() gave. */
void sidle_link_send_end(sidle_link *link, sidle_direction direction);
/** Get the oldest arrived message, valid until receive_end(); returns 0 if
 * there is none. */
int sidle_link_receive_begin(sidle_link *link, sidle_direction direction,
                             sidle_message *message);
void sidle_link_receive_end(sidle_link *link, sidle_direction direction);
/** Get the i-th arrived message (0: the oldest) without removing it; for
 * saving. */
int sidle_link_peek(sidle_link *link, sidle_direction direction, int i,
                    sidle_message *message);
/** Put a message back in flight, after those that wait, when a run is resumed.
 * Calls: the receiver's end, before the other end sends. */
void sidle_link_restore(sidle_link *link, sidle_direction direction,
                        const sidle_message *message);
/**
 * Squares of gradient norms, in messages of their own: those of the later
 * blocks go back, the total goes forward. Both ends know n; n <= 1024. Both
 * functions return 0 where they must be tried again.
 */
int sidle_link_send_norms(sidle_link *link, sidle_direction direction, int n,
                          const double *squares);
int sidle_link_receive_norms(sidle_link *link, sidle_direction direction, int n,
                             double *squares);
/** Let transfers make progress; cheap, may be called between kernels. */
void sidle_link_poke(sidle_link *link);

#ifdef __cplusplus
}
#endif

#endif

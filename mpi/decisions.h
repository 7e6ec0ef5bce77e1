/* decisions.h - what the first block decided about each item, told to all ranks
 * of its chain.
 *
 * In a chain of blocks a decision travels with the activation of its item, and
 * arrives before each block's boundary of that item. Where blocks have skips,
 * boundaries come before the activation (schedule/graph.h): there the rank of
 * the first block tells every other rank in a message of its own. Private to
 * the runner. */
#ifndef SIDLE_MPI_DECISIONS_H
#define SIDLE_MPI_DECISIONS_H

#include "mpi/comm.h"

#include <stdint.h>

typedef struct sidle_decisions sidle_decisions;

/**
 * Open the decisions of a chain of ranks.
 * Calls:   all of them, in any order.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_decisions_open(const sidle_comm *comm, int first_rank,
                                  int n_ranks, int n_blocks,
                                  sidle_decisions **decisions_p);
/** NULL is allowed. Calls: after all decisions have been received. */
void sidle_decisions_close(sidle_decisions *decisions);

/** Whether tell() has room; NULL: yes. Calls: rank of the first block. */
int sidle_decisions_can_tell(sidle_decisions *decisions);
/** Tell the flags of an item to all ranks; NULL: nothing is told. Calls: rank
 * of the first block, for items in order. */
void sidle_decisions_tell(sidle_decisions *decisions, int64_t item, int flags);
/** Get the flags of an item; 0: they are not known yet. */
int sidle_decisions_find(sidle_decisions *decisions, int64_t item, int *flags);
/** Take what has arrived; NULL is allowed. `oldest` is the earliest item that
 * may still be asked for. */
void sidle_decisions_poll(sidle_decisions *decisions, int64_t oldest);

#endif

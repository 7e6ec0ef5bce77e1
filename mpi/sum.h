/* sum.h - the gradients of a block, added up over its replicas in fixed order.
 *
 * Each of the R replicas cares for one of R pieces of the gradient: it gets
 * that piece from all others, adds replica 0's, 1's, .. in this order, and
 * gives the total to all. So every replica has the same bits, whatever the
 * order of arrival and whatever the number of ranks in a chain; and each sends
 * and receives 2 (R - 1) / R of the gradient, which is the least possible.
 *
 * Nobody waits here: poll() does what can be done. It may be called between
 * the kernels of other blocks. */
#ifndef SIDLE_MPI_SUM_H
#define SIDLE_MPI_SUM_H

#include "mpi/comm.h"

#include <stddef.h>

/* Whose gradients: the n ranks that own the block, stride apart. */
typedef struct sidle_owners {
    int n;             /* R */
    int first, stride; /* replica r is rank first + r * stride */
} sidle_owners;

typedef struct sidle_sum sidle_sum;

/** Bytes that sidle_sum_open() reserves for a gradient of `weights` floats. */
size_t sidle_sum_bytes(size_t weights, int n_replicas);

/**
 * Reserve the places for the sums of block `block`.
 * Calls:   local; all owners, in any order.
 * Shapes:  weights floats, a multiple of SIDLE_ALIGN bytes.
 * Owns:    borrows comm.
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_sum_open(const sidle_comm *comm, int block,
                            const sidle_owners *owners, size_t weights,
                            sidle_sum **sum_p);
/** Waits for its sends. NULL is nothing. Calls: all owners, none in a sum. */
void sidle_sum_close(sidle_sum *sum);

/**
 * Start the sum of `grad`. It is borrowed until sidle_sum_end(): leave it alone
 * and at its place, in which the total appears. To begin twice is a bug.
 * Calls:   all owners, in the same order of sums; NULL is nothing.
 */
void sidle_sum_begin(sidle_sum *sum, float *grad);
/** Whether a sum was begun and not ended. NULL: no. */
int sidle_sum_is_begun(const sidle_sum *sum);
/** Go on; whether the total is there. NULL, and where nothing was begun: yes.*/
int sidle_sum_poll(sidle_sum *sum);
/** The total was used. */
void sidle_sum_end(sidle_sum *sum);

/** The first replica that is waited for; -1: none. */
int sidle_sum_missing(const sidle_sum *sum);

#endif

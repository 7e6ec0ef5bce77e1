/* sum.h - sums the gradients of a block over its replicas in fixed order.
 *
 * Each of the R replicas sums one of R pieces of the gradient: it receives that
 * piece from all others, adds replica 0's, 1's, .. in this order, and sends the
 * total to all (reduce-scatter, then all-gather). So the result is
 * bit-identical on every replica, whatever the order of arrival and the number
 * of ranks in a chain; and each sends and receives 2 (R - 1) / R of the
 * gradient, which is the minimum.
 *
 * No function waits: poll() does what is possible now. It may be called between
 * the kernels of other blocks. */
#ifndef SIDLE_MPI_SUM_H
#define SIDLE_MPI_SUM_H

#include "mpi/comm.h"

#include <stddef.h>

/* The n ranks that own the block, stride apart. */
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
/** Waits for its sends. NULL is allowed. Calls: all owners, none in a sum. */
void sidle_sum_close(sidle_sum *sum);

/**
 * Start the sum of `grad`. It is borrowed until sidle_sum_end(): do not change
 * or move it until then; the total replaces it. Beginning twice is a bug.
 * Calls:   all owners, in the same order of sums; NULL is allowed.
 */
void sidle_sum_begin(sidle_sum *sum, float *grad);
/** Whether a sum was begun and not ended. NULL: no. */
int sidle_sum_is_begun(const sidle_sum *sum);
/** Make progress; returns whether the total is complete. NULL, and without a
 * sum: yes. */
int sidle_sum_poll(sidle_sum *sum);
/** End the sum after its total was used. */
void sidle_sum_end(sidle_sum *sum);

/** The first replica that the sum waits for; -1: none. */
int sidle_sum_missing(const sidle_sum *sum);

#endif

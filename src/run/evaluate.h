/* evaluate.h - the loss of a checkpoint on held-out data, in one process or
 * through the ranks of a chain. */
#ifndef SIDLE_RUN_EVALUATE_H
#define SIDLE_RUN_EVALUATE_H

#include "mpi/comm.h"
#include "run/eval_request.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Load a checkpoint and evaluate all of its held-out part, or of the data that
 * the overrides name. Through several ranks items go in order, each rank with
 * the weights of its own blocks only; the sums have the bits of one process.
 *
 * Calls:   collective over comm; NULL: one process without MPI.
 * Owns:    the caller ends it with sidle_evaluation_done(), also after a
 *          failure.
 * Errors:  SIDLE_EIO, SIDLE_EDATA from the files; SIDLE_EUSAGE from a key, if
 *          there is no held-out part, or for more ranks than blocks. With comm
 *          the same on every rank, and reported by one.
 */
sidle_status sidle_evaluate(const sidle_comm *comm,
                            const sidle_eval_request *request,
                            sidle_evaluation *evaluation);
void sidle_evaluation_done(sidle_evaluation *evaluation);

#ifdef __cplusplus
}
#endif

#endif

/* state.h - the state of a run at a boundary, as a list of named arrays: what a
 * checkpoint holds. state.c says which.
 *
 * Every rank knows the whole list, with data NULL for arrays of blocks that it
 * does not own. Arrays that are equal in all replicas (weights, the optimizer)
 * are in the list once, owned by replica 0, and read by all. */
#ifndef SIDLE_MPI_STATE_H
#define SIDLE_MPI_STATE_H

#include "base/array.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runner sidle_runner;

/** Get the list of the run's state at the present boundary (the same list on
 * all ranks, in model order). Owns: the runner; valid until its next call. */
void sidle_runner_state(sidle_runner *runner, sidle_array **entries_p,
                        int *n_entries_p);
/**
 * Before arrays are read: state whether the run that wrote them, which may be
 * another one than this, predicted its weights (a checkpoint then has
 * SIDLE_PREDICTION). The list is that of the writing run until
 * sidle_runner_restore(): a run that begins to predict does so at its next
 * update, and what is in flight keeps the weights of its forward either way.
 */
#define SIDLE_PREDICTION "/pipeline/block_001/predicted"
void sidle_runner_expect(sidle_runner *runner, int is_predicted);
/** Before sidle_runner_restore(): state that the checkpoint's optimizer has to
 * be of this run's kind; another kind is refused then. */
void sidle_runner_expect_rule(sidle_runner *runner);

#ifdef __cplusplus
}
#endif

#endif

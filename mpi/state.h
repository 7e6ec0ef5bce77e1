/* state.h - the state of a run at a boundary, as a list of named arrays: what a
 * checkpoint holds. state.c says which.
 *
 * Every rank knows the whole list, with data NULL for arrays of blocks that it
 * does not own. What all replicas have alike (weights, the optimizer) is in the
 * list once, owned by replica 0, and read by all. */
#ifndef SIDLE_MPI_STATE_H
#define SIDLE_MPI_STATE_H

#include "base/array.h"
#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runner sidle_runner;

/** The list of the run's state at the present boundary (all ranks the same
 * list, in model order). Owns: the runner; valid until its next call. */
void sidle_runner_state(sidle_runner *runner, sidle_array **entries_p,
                        int *n_entries_p);
/**
 * Before arrays are read: whether the run that wrote them predicted its weights
 * (a checkpoint then has SIDLE_PREDICTION), which may be another than this
 * one. The list is that of that run until sidle_runner_restore(): a run that
 * begins to predict does so at its next update, and what is in flight keeps
 * the weights of its forward either way.
 */
#define SIDLE_PREDICTION "/pipeline/block_001/predicted"
void sidle_runner_expect(sidle_runner *runner, int is_predicted);
/** Before sidle_runner_restore(): the checkpoint's optimizer is said to be of
 * this run's kind; one that is not is refused then. */
void sidle_runner_expect_rule(sidle_runner *runner);

#ifdef __cplusplus
}
#endif

#endif

/* runner.h - carries out a plan with blocks, links and optimizers, instruction
 * by instruction.
 *
 * The runner of a rank owns a contiguous range of blocks. Each block has a
 * cursor; the runner polls its blocks in turn, carries out every instruction
 * that is ready, and waits only when none is. It knows no schedule by name and
 * no layer.
 *
 * Messages carry the decisions to stop and to save: the first block decides at
 * which item (by its own signals, a stop request that came with a gradient, the
 * checkpoint rule) and marks that item's activation; every block stops or saves
 * at its boundary of that item.
 *
 * Several chains of ranks, the replicas, may train one model together, each
 * with its own rows: all carry out the same plan, and an update of a block uses
 * the sum of its gradients over the replicas (sum.h). The rows of all replicas
 * determine whether a gradient counts. */
#ifndef SIDLE_MPI_RUNNER_H
#define SIDLE_MPI_RUNNER_H

#include "mpi/runner_config.h"
#include "mpi/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runner sidle_runner;

/* ---- in runner_open.c */
/**
 * Reserve blocks, links and optimizers of this rank, with initial weights.
 * Calls:   collective over config->comm.
 * Owns:    copies `config`, borrows everything that it points to.
 * Errors:  SIDLE_EUSAGE (more ranks than blocks, incomplete chains),
 *          SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_runner_new(const sidle_runner_config *config,
                              sidle_runner **runner_p);
/** Calls: collective. NULL is allowed. */
void sidle_runner_free(sidle_runner *runner);

/* ---- in runner.c */
/**
 * Carry out the plan from the runner's present instruction to its end
 * (drained).
 * Calls:   collective; only neighbours wait for each other.
 * Errors:  SIDLE_ESTOPPED: stopped at a boundary, after on_save(). Other faults
 *          abort the run.
 */
sidle_status sidle_runner_run(sidle_runner *runner);

/**
 * After run() has returned SIDLE_OK: evaluate `n` items of `source` from the
 * one after `begin` on, with the final weights of the run. Each item is a
 * report of its own, in order; a loss that is not finite causes no warning.
 * Calls:   collective, as run(). Owns: borrows `source`.
 */
void sidle_runner_evaluate(sidle_runner *runner, const sidle_source *source,
                           int64_t begin, int64_t n);

/**
 * Get the recorded trace, at rank 0; an empty trace at other ranks, and where
 * config->trace_items is 0.
 * Calls:   collective, after run(), also if it was stopped.
 * Owns:    the caller ends it with sidle_trace_done().
 */
void sidle_runner_trace(const sidle_runner *runner, sidle_trace *trace);
/* ---- in station.c */
/** Items fed to, and updates of, the first block of this rank. */
int64_t sidle_runner_item(const sidle_runner *runner);
/* ---- in runner.c */
int64_t sidle_runner_updates(const sidle_runner *runner);

#ifdef __cplusplus
}
#endif

#endif

/* runner.h - carry out a plan: blocks, links and optimizers, instruction by
 * instruction.
 *
 * The runner of a rank owns a contiguous range of blocks. Each block has a
 * cursor; the runner goes round its blocks and carries out whatever can go on,
 * and waits only when nothing can. It knows no schedule by name and no layer.
 *
 * Stops and saves ride on the messages: the first block decides at which item
 * (its own signals, a wish from behind that came with a gradient, the
 * checkpoint rule), marks that item's activation, and every block carries it
 * out at its boundary of that item.
 *
 * Several chains of ranks, the replicas, may train one model together, each
 * with rows of its own: all carry out the same plan, and an update of a block
 * uses the sum of its gradients over the replicas (sum.h). Whether a gradient
 * counts is told by the rows of all. */
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
 * Owns:    copies `config`, borrows all that it points to.
 * Errors:  SIDLE_EUSAGE (more ranks than blocks, no whole chains),
 *          SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_runner_new(const sidle_runner_config *config,
                              sidle_runner **runner_p);
/** Calls: collective. NULL is nothing. */
void sidle_runner_free(sidle_runner *runner);

/* ---- in runner.c */
/**
 * Carry out the plan from where the runner stands to its end (drained).
 * Calls:   collective; neighbours only wait for each other.
 * Errors:  SIDLE_ESTOPPED: stopped at a boundary, after on_save(). Faults die.
 */
sidle_status sidle_runner_run(sidle_runner *runner);

/**
 * After run() has answered SIDLE_OK: `n` items of `source` from the one behind
 * `begin` on, forward only, with the weights that the run has ended with. Each
 * item is a report of its own, in order; where its loss is not finite nobody is
 * warned.
 * Calls:   collective, as run(). Owns: borrows `source`.
 */
void sidle_runner_evaluate(sidle_runner *runner, const sidle_source *source,
                           int64_t begin, int64_t n);

/**
 * What was recorded, at rank 0; an empty trace at other ranks, and where
 * config->trace_items is 0.
 * Calls:   collective, after run(), also after one that was stopped.
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

/* runner_config.h - the input of a runner: model, plan, data, and the callbacks
 * that it calls while it runs. */
#ifndef SIDLE_MPI_RUNNER_CONFIG_H
#define SIDLE_MPI_RUNNER_CONFIG_H

#include "data/source.h"
#include "model/partition.h"
#include "model/scores.h"
#include "mpi/comm.h"
#include "mpi/hooks.h"
#include "mpi/link.h"
#include "mpi/report.h"
#include "optim/optim.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_on_cut {
    SIDLE_CUT_LEAK,
    SIDLE_CUT_MASK,
    SIDLE_CUT_FLUSH
} sidle_on_cut;

enum { SIDLE_ITEM_WAITS = -1 };

/* Of a block: the gradient that it used, beside the exact one of the same loss
 * at the same weights. NAN: not known. */
typedef struct sidle_staleness {
    int64_t item;  /* of the loss; 0: the block used none */
    int64_t lag;   /* items from it to the input that its gradient met */
    double change; /* rho: of the block's input over the lag, relative */
    double cosine; /* of both gradients */
    double ratio;  /* of their norms, used to exact */
} sidle_staleness;

typedef struct sidle_runner_config {
    const sidle_comm *comm; /* ranks of all replicas, replica 0's first */
    int n_replicas;         /* 0 is 1; comm->size is a multiple of it */
    const sidle_model *model;
    const sidle_partition *partition;
    const sidle_plan *plan;
    const sidle_optim_config *optim;
    const double *block_lr;    /* (D) instead of optim->lr; NULL: none. Muon's
                                  matrix_lr changes in the same ratio. */
    const sidle_source *train; /* the rows of this rank's replica */
    const sidle_source *eval;  /* or NULL */
    uint64_t seed;
    int is_mean; /* loss_reduction */
    int is_clip_global;
    /* If a loss or gradient is not finite: 0 aborts with exit code 70 and its
     * name, 1 leaves out the updates that it would make not finite
     * (mpi/on_nan.h). */
    int skips_bad;
    sidle_on_cut on_cut;
    /* Seconds that a rank waits without receiving anything, 0: no limit; then
     * it reports what it waits for and aborts with exit code 70. A neighbour
     * that computes sends nothing, either: set it longer than the slowest item
     * takes to pass through all blocks. Time in which the rank itself was
     * stopped does not count, nor the time of on_save(). */
    double patience;
    int64_t trace_items; /* to record (mpi/trace.h), 0: none */
    int64_t log_every;   /* items per report; 0: never */
    int64_t staleness;   /* items per on_staleness(); 0: never */
    /* Rank 0, from inside run(): a report has arrived. */
    void (*on_report)(void *context, const sidle_report *report);
    /* Rank 0, from inside run(), in an evaluation of clips by a loss with
     * classes: the rows of one replica, in the order of items, then replicas,
     * before the report of their item. NULL: not wanted; the same on all ranks.
     */
    void (*on_scores)(void *context, int64_t item, const sidle_scores *scores);
    /* The ranks of the last block, from inside run(): the forward of an item of
     * an evaluation is done, in this slot; with block NULL: the evaluation's
     * report, which goes to rank 0, is next. NULL: not wanted. */
    void (*on_outputs)(void *context, const sidle_block *block, int slot);
    /* Rank 0, at the first block's boundary of an item that is reported, and at
     * the end: the norm of each block's gradient, before clipping, in the
     * newest update of which the first block has received it: the norm of block
     * b comes with the gradient of every D-th item. 0: none yet. NULL: not
     * wanted.
     */
    void (*on_norms)(void *context, int64_t item, const double *norms,
                     int n_blocks);
    /* Rank 0, at the boundary of every `staleness`-th item: (n_blocks) of the
     * first replica. NULL: not wanted. */
    void (*on_staleness)(void *context, int64_t item, const sidle_staleness *of,
                         int n_blocks);
    /* Rank 0, before item `item` enters: SIDLE_MSG_SAVE, SIDLE_MSG_STOP, or
     * SIDLE_MSG_END, which makes it the last one: the run saves at its
     * boundary, is drained there, and its plan ends. SIDLE_ITEM_WAITS: it is
     * called again after other progress, such as a report that the decision
     * depends on; the reports of items at least `head start of block 1` + 2
     * before do arrive. */
    int (*on_item)(void *context, int64_t item);
    /* Any rank: whether this process was asked to stop (a signal). */
    int (*wants_stop)(void *context);
    /* All ranks, at the boundary of `item`: write a checkpoint; if is_stopping,
     * the run ends there. The result is the same on all ranks; a failed save
     * does not end the run. Collective. */
    sidle_status (*on_save)(void *context, int64_t item, int is_stopping);
    void *context;
    sidle_runner_hooks hooks;
} sidle_runner_config;

#ifdef __cplusplus
}
#endif

#endif

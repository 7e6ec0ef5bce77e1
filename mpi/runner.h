/* runner.h - carry out a plan: blocks, links and optimizers, instruction by
 * instruction.
 *
 * The runner of a rank owns a contiguous range of blocks. Each block has a
 * cursor; the runner goes round its blocks and carries out whatever can go on,
 * and waits only when nothing can. It knows no schedule by name and no layer.
 *
 * Stops and saves ride on the messages: the first block decides at which item
 * (its own signals, a wish from the right that came with a gradient, the
 * checkpoint rule), marks that item's activation, and every block carries it
 * out at its CUT of that item.
 *
 * Several chains of ranks, the replicas, may train one model together, each
 * with rows of its own: all carry out the same plan, and an update of a block
 * uses the sum of its gradients over the replicas (sum.h). Whether a gradient
 * counts is told by the rows of all. */
#ifndef SIDLE_MPI_RUNNER_H
#define SIDLE_MPI_RUNNER_H

#include "base/words.h"
#include "data/source.h"
#include "model/block.h"
#include "model/partition.h"
#include "mpi/comm.h"
#include "mpi/link.h"
#include "mpi/trace.h"
#include "optim/optim.h"
#include "schedule/plan.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_on_cut {
    SIDLE_CUT_LEAK,
    SIDLE_CUT_MASK,
    SIDLE_CUT_FLUSH
} sidle_on_cut;

/* What the last block found, summed since the last report of its kind. */
typedef struct sidle_report {
    int is_eval;
    int64_t item; /* last item of the sum (evaluation: after which) */
    int64_t items;
    double nats, z;
    int64_t n_targets, n_correct;
    int64_t bad; /* items whose loss is not finite: not in the sums */
    /* Of the last block: its updates, and of the last one the schedule's
     * factor of lr and the norm of its gradient. Where the pipe is flushed at
     * each update: of those in front of the item's forward. */
    int64_t updates;
    double factor, grad_norm;
    double busy; /* least busy share of all ranks since the last one */
} sidle_report;

/* What a test may look at; every field may be NULL. */
typedef struct sidle_runner_hooks {
    void *context;
    /* After a weight gradient: the incoming gradient and the block's sums. */
    void (*on_gradient)(void *context, int block, int64_t item,
                        int64_t activation_item, const sidle_block *b,
                        const sidle_real *dy);
    void (*on_forward)(void *context, int block, int64_t item);
    /* Before each instruction; may sleep. */
    void (*on_instr)(void *context, int block, const sidle_instr *instr);
    /* Whether an update that is due is made; NULL: always. If not, the
     * gradients so far are dropped. */
    int (*may_update)(void *context, int block, int64_t item);
    /* The clock of this rank; NULL: sidle_now(). */
    double (*now)(void *context);
} sidle_runner_hooks;

/* Named arrays that are the state of a run at a cut; a checkpoint is the list
 * of all of them. Every rank knows the whole list, with data NULL for arrays
 * of blocks that it does not own. What all replicas have alike (weights, the
 * optimizer) is in the list once, owned by replica 0, and read by all. */
typedef struct sidle_state_entry {
    char path[112]; /* "/model/self/000/q/weight", "/pipeline/block_001/.." */
    char type;      /* 'f' float, 'i' int32, 'l' int64, 'd' double */
    int n_dims;
    int64_t dims[4];
    void *data;      /* NULL: another rank's */
    int owner;       /* rank that writes it; others may have the same data */
    int is_optional; /* older programs did not write it: then it stays as the
                        list has it before anything is read */
    const sidle_words *words; /* of numbers that mean different things */
} sidle_state_entry;

enum { SIDLE_ITEM_WAITS = -1 };

typedef struct sidle_runner_config {
    const sidle_comm *comm; /* ranks of all replicas, replica 0's first */
    int n_replicas;         /* 0 is 1; comm->size is a multiple of it */
    const sidle_model *model;
    const sidle_partition *partition;
    const sidle_plan *plan;
    const sidle_optim_config *optim;
    const sidle_source *train; /* the rows of this rank's replica */
    const sidle_source *eval;  /* or NULL */
    uint64_t seed;
    int is_mean; /* loss_reduction */
    int is_clip_global;
    double z_loss;
    /* Of a loss or gradient that is not finite: 0 dies with 70 and its name, 1
     * leaves out the updates that it would spoil (mpi/finite.h). */
    int skips_bad;
    sidle_on_cut on_cut;
    /* Seconds that a rank waits without hearing anything, 0: any; then it says
     * for what, and dies with 70. A neighbour that computes is silent, too: let
     * it be longer than the slowest item takes to pass through all blocks. Time
     * in which the rank itself was stopped does not count, nor the time of
     * on_save(). */
    double patience;
    int64_t trace_items; /* to record (mpi/trace.h), 0: none */
    int64_t log_every;   /* items a report; 0: never */
    /* Rank 0, from inside run(): a report came in. */
    void (*on_report)(void *context, const sidle_report *report);
    /* Rank 0, at the first block's cut of an item that is reported, and at the
     * end: the norm of each block's gradient, before clipping, in the newest
     * update that the first block has heard of: that of block b comes with the
     * gradient of every D-th item. 0: none yet. NULL: not wanted.
     */
    void (*on_norms)(void *context, int64_t item, const double *norms,
                     int n_blocks);
    /* Rank 0, before item `item` enters: SIDLE_MSG_SAVE, SIDLE_MSG_STOP, or
     * SIDLE_MSG_END, which makes it the last one: the run saves at its cut, is
     * drained there, and its plan ends. SIDLE_ITEM_WAITS: it is asked again
     * when something else has gone on, as after a report that the answer
     * depends on; those of items `head start of block 1` + 2 before do come. */
    int (*on_item)(void *context, int64_t item);
    /* Any rank: whether this process was asked to stop (a signal). */
    int (*wants_stop)(void *context);
    /* All ranks, at the cut of `item`: write a checkpoint; if is_stopping, the
     * run ends there. The answer is the same on all ranks; a failed save does
     * not end the run. Collective. */
    sidle_status (*on_save)(void *context, int64_t item, int is_stopping);
    void *context;
    sidle_runner_hooks hooks;
} sidle_runner_config;

typedef struct sidle_runner sidle_runner;

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

/**
 * Carry out the plan from where the runner stands to its end (drained).
 * Calls:   collective; neighbours only wait for each other.
 * Errors:  SIDLE_ESTOPPED: stopped at a cut, after on_save(). Faults die.
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

/* How the numbers of a run are at a cut (mpi/finite.h). */
typedef struct sidle_health {
    int is_ailing; /* the newest loss is not finite, or a block left its newest
                      update out: what is saved here may be of no use */
    int is_proven; /* a loss since the last question was sane: the weights that
                      stood there are of use */
} sidle_health;

/** Calls: collective, at a cut. */
sidle_health sidle_runner_health(sidle_runner *runner);

/** The list of the run's state at the present cut (all ranks the same list,
 * in model order). Owns: the runner; valid until its next call. */
void sidle_runner_state(sidle_runner *runner, sidle_state_entry **entries_p,
                        int *n_entries_p);
/**
 * Before they are written: die with 70 if this rank's arrays are not finite. In
 * a run that skips such numbers those in flight may be so, the weights and
 * the optimizer never.
 * Calls:   local, at a cut.
 */
void sidle_runner_check_state(sidle_runner *runner);
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
/**
 * After the arrays of sidle_runner_state() were read from a checkpoint of item
 * `item`: stand just after that cut. Arrays of an optimizer of another kind are
 * left zero by the caller; its own counters then begin anew.
 * Calls:   collective, on a runner that has not run.
 * Errors:  SIDLE_EDATA if a number is not of a run at that item: data set,
 *          value and what was expected are named; SIDLE_EUSAGE if the plan has
 *          other gradients in flight at that cut.
 */
sidle_status sidle_runner_restore(sidle_runner *runner, int64_t item);
/**
 * What was recorded, at rank 0; an empty timeline at other ranks, and where
 * config->trace_items is 0.
 * Calls:   collective, after run(), also after one that was stopped.
 * Owns:    the caller ends it with sidle_recording_done().
 */
void sidle_runner_timeline(const sidle_runner *runner,
                           sidle_recording *timeline);
/** Items fed to, and updates of, the first block of this rank. */
int64_t sidle_runner_item(const sidle_runner *runner);
int64_t sidle_runner_updates(const sidle_runner *runner);

/** Blocks of this rank, for tests and for saving. */
int sidle_runner_n_blocks(const sidle_runner *runner);
sidle_block *sidle_runner_block(const sidle_runner *runner, int i);

#ifdef __cplusplus
}
#endif

#endif

/* setup.h - options to data, model, partition, plan and optimizer. */
#ifndef SIDLE_RUN_SETUP_H
#define SIDLE_RUN_SETUP_H

#include "data/source.h"
#include "model/partition.h"
#include "mpi/comm.h"
#include "run/best.h"
#include "run/data_kind.h"
#include "run/options.h"
#include "schedule/plan.h"

typedef struct sidle_setup {
    sidle_options options; /* resolved: blocks and partition are explicit */
    sidle_part files[2];   /* data.path, data.valid_path */
    int are_files_lent;    /* by another set-up, which closes them */
    sidle_part train_part, valid_part; /* views of them */
    sidle_source train, eval;
    int64_t data_changed[2]; /* as watch.h says; of the run, for its saves */
    sidle_best best; /* of the run, for its saves; rank 0, and so is .. */
    double began;    /* .. when it would have begun without pauses, by */
    int is_timed;    /* sidle_now(), if that is known */
    int has_data, has_eval; /* the former only of sidle_setup_plan() */
    sidle_model *model;
    sidle_partition partition;
    sidle_plan plan;
    sidle_optim_config optim;
    int n_replicas, replica; /* of the run; whose rows the sources give */
    int are_blocks_by_ranks; /* as many as the ranks of a chain: nothing else
                                was said */
    int chain_ranks;         /* of each replica; world rank / chain_ranks is
                                its replica, the rest its place there */
    int64_t *clips;          /* (2, all rows) where clips are looked for */
} sidle_setup;

/**
 * Open the data, build model, partition and plan for `n_ranks` ranks.
 * Calls:   local; the same answer on every rank that sees the same files.
 * Owns:    the caller ends it with sidle_setup_done(), also after a failure.
 * Errors:  SIDLE_EUSAGE, SIDLE_EDATA, SIDLE_EIO from what it opens and checks.
 */
sidle_status sidle_setup_run(const sidle_options *options, int n_ranks,
                             sidle_setup *setup);
/**
 * The same for one chain of `n_ranks` ranks, before there is any data: without
 * data.path there are no sources and no evaluations, and every item counts as
 * one with targets.
 */
sidle_status sidle_setup_plan(const sidle_options *options, int n_ranks,
                              sidle_setup *setup);
/**
 * The same on all ranks, each with the rows of its replica. Rank 0 opens the
 * data; with checkpoint.mode "funnel" no other rank has to see them.
 * Calls:   collective over comm.
 * Errors:  as above and those of sidle_corpus_share(), the same on every rank.
 */
sidle_status sidle_setup_all(const sidle_comm *comm,
                             const sidle_options *options, sidle_setup *setup);
/** The same with the files of another set-up, which ends later. */
sidle_status sidle_setup_again(const sidle_comm *comm,
                               const sidle_options *options,
                               const sidle_setup *lender, sidle_setup *setup);
/** Only the held-out data and the model: what `eval` needs. */
sidle_status sidle_setup_eval(const sidle_options *options, sidle_setup *setup);
/** Close the data and free what was made. */
void sidle_setup_done(sidle_setup *setup);

#endif

/* setup.h - makes data, model, partition, plan and optimizer from options. */
#ifndef SIDLE_RUN_SETUP_H
#define SIDLE_RUN_SETUP_H

#include "mpi/comm.h"
#include "run/options.h"
#include "run/setup_state.h"

/**
 * Open the data, build model, partition and plan for `n_ranks` ranks.
 * Calls:   local; the same result on every rank that sees the same files.
 * Owns:    the caller ends it with sidle_setup_done(), also after a failure.
 * Errors:  SIDLE_EUSAGE, SIDLE_EDATA, SIDLE_EIO from what it opens and checks.
 */
sidle_status sidle_setup_run(const sidle_options *options, int n_ranks,
                             sidle_setup *setup);
/**
 * As sidle_setup_run(), for one chain of `n_ranks` ranks, without data: without
 * data.path there are no sources and no evaluations, and every item counts as
 * one with targets.
 */
sidle_status sidle_setup_plan(const sidle_options *options, int n_ranks,
                              sidle_setup *setup);
/**
 * As sidle_setup_run(), on all ranks, each with the rows of its replica. Rank 0
 * opens the data; with checkpoint.mode "funnel" no other rank has to see them.
 * Calls:   collective over comm.
 * Errors:  as above and those of sidle_corpus_share(), the same on every rank.
 */
sidle_status sidle_setup_all(const sidle_comm *comm,
                             const sidle_options *options, sidle_setup *setup);
/** As sidle_setup_all(), with the files of another set-up, which ends later. */
sidle_status sidle_setup_again(const sidle_comm *comm,
                               const sidle_options *options,
                               const sidle_setup *lender, sidle_setup *setup);
/**
 * Only the held-out data and the model, in one process: what `eval` needs.
 * Errors:  as above; SIDLE_EUSAGE if nothing is held out.
 */
sidle_status sidle_setup_eval(const sidle_options *options, sidle_setup *setup);
/** The same on all ranks of one chain, with partition and plan: no gradient.
 * Calls: collective over comm. Errors: the same on every rank; SIDLE_EUSAGE,
 * too, for more ranks than blocks. */
sidle_status sidle_setup_eval_all(const sidle_comm *comm,
                                  const sidle_options *options,
                                  sidle_setup *setup);
/**
 * The model of a set-up with another number of rows per item.
 * Owns:    the caller frees it with sidle_model_free().
 * Errors:  those of sidle_network_make().
 */
sidle_status sidle_setup_model(const sidle_setup *setup, int64_t rows,
                               sidle_model **model_p);
/** Close the data and free everything. */
void sidle_setup_done(sidle_setup *setup);

#endif

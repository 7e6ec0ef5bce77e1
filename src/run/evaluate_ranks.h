/* evaluate_ranks.h - an evaluation through the ranks of a chain; for
 * evaluate.c. */
#ifndef SIDLE_RUN_EVALUATE_RANKS_H
#define SIDLE_RUN_EVALUATE_RANKS_H

#include "run/eval_request.h"
#include "run/setup.h"

/**
 * As sidle_evaluate(), by the runner that evaluates a run while it trains.
 * Shapes:  evaluation->path (PATH_MAX), out on rank 0, as are the sums.
 * Calls:   collective over comm.
 * Owns:    the caller ends the set-up with sidle_setup_done(), also after a
 *          failure.
 */
sidle_status sidle_evaluate_ranks(const sidle_comm *comm,
                                  const sidle_eval_request *request,
                                  sidle_setup *setup,
                                  sidle_evaluation *evaluation);

#endif

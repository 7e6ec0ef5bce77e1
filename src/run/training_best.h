/* training_best.h - decisions from evaluations: which file is the best, and
 * whether the run ends because none is better (run.early_stop). */
#ifndef SIDLE_RUN_TRAINING_BEST_H
#define SIDLE_RUN_TRAINING_BEST_H

#include "run/run_state.h"

/* The relation of a file at an item's boundary to best.h5. */
enum { SIDLE_NO_BEST, SIDLE_NEXT_BEST, SIDLE_NEW_BEST };

/** The item at whose boundary a file holds the weights that the evaluation
 * after `item` uses. */
int64_t sidle_training_boundary_of_eval(const sidle_run *run, int64_t item);
/** Rank 0, at the boundary of `item`: one of the three above. */
int sidle_training_what_best(const sidle_run *run, int64_t item);
/** Rank 0, when `item` is fed: whether that may be more than SIDLE_NO_BEST. */
int sidle_training_may_be_best(const sidle_run *run, int64_t item);
/** Rank 0: whether there is time for a save that only best.h5 needs. */
int sidle_training_affords_best(sidle_run *run, double now);
/** Rank 0: whether the losses that decide about `item` are known. */
int sidle_training_knows(const sidle_run *run, int64_t item);
/** Rank 0: whether run.early_stop ends the run with `item`. */
int sidle_training_is_enough(const sidle_run *run, int64_t item);
/** Rank 0: count a loss of an evaluation. */
void sidle_training_take_evaluation(sidle_run *run, const sidle_report *report);

#endif

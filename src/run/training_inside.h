/* training_inside.h - what the files of a training share: training_stop.c,
 * training_best.c and training_save.c answer training.c. */
#ifndef SIDLE_RUN_TRAINING_INSIDE_H
#define SIDLE_RUN_TRAINING_INSIDE_H

#include "run/training.h"

/* ---- training_stop.c */

/** For the runner: whether this rank was asked by a signal; rank 0 says so. */
int sidle_training_wants_stop(void *context);
/** At the cut of a stop: rank 0 says what another rank was told by a signal.
 * Calls: collective. */
void sidle_training_tell_stop(sidle_training *t);
/** Rank 0: a stop file that came after the last item would stop the next
 * start, so it goes. */
void sidle_training_drop_wish(const sidle_training *t);

/* ---- training_best.c */

/* What a file at an item's cut is to best.h5. */
enum { SIDLE_NO_BEST, SIDLE_NEXT_BEST, SIDLE_NEW_BEST };

/** The item at whose cut a file holds the weights that the evaluation after
 * `item` sees. */
int64_t sidle_training_cut_of_eval(const sidle_training *t, int64_t item);
/** Rank 0, at the cut of `item`: one of the three above. */
int sidle_training_what_best(const sidle_training *t, int64_t item);
/** Rank 0, when `item` is fed: whether that may be more than SIDLE_NO_BEST. */
int sidle_training_may_be_best(const sidle_training *t, int64_t item);
/** Rank 0: whether there is time for a save that only best.h5 needs. */
int sidle_training_affords_best(sidle_training *t, double now);
/** Rank 0: whether the losses are known that decide about `item`. */
int sidle_training_knows(const sidle_training *t, int64_t item);
/** Rank 0: whether run.early_stop ends the run with `item`. */
int sidle_training_is_enough(const sidle_training *t, int64_t item);
/** Rank 0: count a loss of an evaluation. */
void sidle_training_take_evaluation(sidle_training *t,
                                    const sidle_report *report);

/* ---- training_save.c */

/** For the runner: a save at the cut of `item`. Calls: collective. Errors:
 * those of sidle_save_run(), told. */
sidle_status sidle_training_on_save(void *context, int64_t item,
                                    int is_stopping);
/** Rank 0 of a branch: what a file of `step` (-1: the end) would replace gets
 * another name. */
void sidle_training_keep_replaced(const sidle_training *t, int64_t step);
/** Save, with two more tries where there is no later one (`is_end`). Calls:
 * collective. Errors: those of the last try. */
sidle_status sidle_training_save_patiently(sidle_training *t, const char *name,
                                           int is_end);
/** Rank 0: a branch whose only file is the end. */
void sidle_training_publish_end(sidle_training *t);

#endif

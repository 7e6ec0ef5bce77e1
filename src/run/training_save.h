/* training_save.h - the saves of a run: its step files, best.h5, and what each
 * of them replaces. */
#ifndef SIDLE_RUN_TRAINING_SAVE_H
#define SIDLE_RUN_TRAINING_SAVE_H

#include "run/run_state.h"

/** For the runner: a save at the boundary of `item`. Calls: collective. Errors:
 * those of sidle_save_run(), reported. */
sidle_status sidle_training_on_save(void *context, int64_t item,
                                    int is_stopping);
/** Rank 0 of a branch: what a file of `step` (-1: the end) would replace gets
 * another name. */
void sidle_training_keep_replaced(const sidle_run *run, int64_t step);
/** Save, with two more tries if no later save follows (`is_end`). Calls:
 * collective. Errors: those of the last try. */
sidle_status sidle_training_save_patiently(sidle_run *run, const char *name,
                                           int is_end);
/** Rank 0: publish a branch whose only file is the end. */
void sidle_training_publish_end(sidle_run *run);

#endif

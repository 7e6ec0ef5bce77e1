/* eval_rows.h - the rows of an evaluation of clips, told which frames they
 * are. */
#ifndef SIDLE_RUN_EVAL_ROWS_H
#define SIDLE_RUN_EVAL_ROWS_H

#include "run/eval_row.h"
#include "run/setup_state.h"

typedef struct sidle_eval_rows {
    const sidle_clips *clips;
    int64_t first;   /* clip of the file that is the first one evaluated */
    int64_t *n_seen; /* (n_clips) frames of each clip so far */
    int label, next; /* fields; -1: not read */
    size_t n;        /* outputs of a row */
} sidle_eval_rows;

/**
 * Begin with the first frame of each clip. The frames of a clip come in order,
 * all in the rows of one replica.
 * Owns:    borrows the set-up; the caller ends it with sidle_eval_rows_done().
 */
void sidle_eval_rows_init(const sidle_setup *setup, sidle_eval_rows *rows);
void sidle_eval_rows_done(sidle_eval_rows *rows);
/** Begin again with the first frames. */
void sidle_eval_rows_restart(sidle_eval_rows *rows);
/** Call `take` for each row of a slot that holds a frame, after the forward of
 * the last block. */
void sidle_eval_rows_each(
    sidle_eval_rows *rows, const sidle_block *block, int slot,
    void (*take)(void *context, const sidle_eval_row *row), void *context);

#endif

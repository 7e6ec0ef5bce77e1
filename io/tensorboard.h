/* tensorboard.h - the reports of a run as an event file of TensorBoard. */
#ifndef SIDLE_IO_TENSORBOARD_H
#define SIDLE_IO_TENSORBOARD_H

#include "io/metrics.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_tensorboard sidle_tensorboard;

/**
 * Begin a new event file in the folder:
 * events.out.tfevents.<time>.<host>.<pid>.<n>.
 *
 * Existing event files are trimmed as metrics.csv is: what was reported
 * after `resumed_step` (0: a fresh run) goes, with the evaluation of that step
 * and bytes that are no whole record; a link under such a name is not
 * changed.
 * After a resume the new file says so
 * (SessionLog START with the first step to come), for a TensorBoard that has
 * already read the removed part.
 *
 * Calls:   local, rank 0.
 * Owns:    the caller ends it with sidle_tensorboard_close().
 * Errors:  SIDLE_EIO with errno's words.
 */
sidle_status sidle_tensorboard_open(const sidle_dir *folder,
                                    int64_t resumed_step, int has_row,
                                    sidle_tensorboard **board_p);
/** Append what the row knows, or nothing; the loss of an evaluation in bits,
 * too. Errors: those of sidle_records_append(). */
sidle_status sidle_tensorboard_append(sidle_tensorboard *board,
                                      const sidle_metrics_row *row);

/**
 * The norm of the gradient of block i, before clipping, at norms[i - 1], as
 * grad_norm/block_001 and so on; 0 where none is known.
 * Errors:  those of sidle_records_append().
 */
sidle_status sidle_tensorboard_norms(sidle_tensorboard *board, int64_t step,
                                     const double *norms, int n_blocks);

/**
 * A text for TensorBoard's page of texts, which shows its lines as they are;
 * each begins with four blanks in the file.
 * Errors:  those of sidle_records_append().
 */
sidle_status sidle_tensorboard_text(sidle_tensorboard *board, int64_t step,
                                    const char *tag, const char *text);
void sidle_tensorboard_close(sidle_tensorboard *board);

#ifdef __cplusplus
}
#endif

#endif

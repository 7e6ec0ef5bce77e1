/* tensorboard.h - the reports of a run as an event file of TensorBoard. */
#ifndef SIDLE_IO_TENSORBOARD_H
#define SIDLE_IO_TENSORBOARD_H

#include "io/metrics.h"
#include "io/staleness_file.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_tensorboard sidle_tensorboard;

/**
 * Begin a new event file in the folder:
 * events.out.tfevents.<time>.<host>.<pid>.<n>.
 *
 * Existing event files are trimmed like metrics.csv: reports after
 * `resumed_step` (0: a fresh run), the evaluation of that step and incomplete
 * records are removed; a link of such a name is not changed. After a resume the
 * new file begins with SessionLog START and the next step, for a TensorBoard
 * that has already read the removed part.
 *
 * Calls:   local, rank 0.
 * Owns:    the caller ends it with sidle_tensorboard_close().
 * Errors:  SIDLE_EIO with errno's text.
 */
sidle_status sidle_tensorboard_open(const sidle_dir *folder,
                                    int64_t resumed_step, int has_row,
                                    sidle_tensorboard **board_p);
/** Append the row's values that are not NAN, completely or not at all; the loss
 * of an evaluation in bits, too. Errors: those of sidle_records_append(). */
sidle_status sidle_tensorboard_append(sidle_tensorboard *board,
                                      const sidle_metrics_row *row);

/**
 * Append the norm of the gradient of block i, before clipping, at norms[i - 1],
 * as grad_norm/block_001 and so on; 0 if it is not known.
 * Errors:  those of sidle_records_append().
 */
sidle_status sidle_tensorboard_norms(sidle_tensorboard *board, int64_t step,
                                     const double *norms, int n_blocks);

/** Append the figures of (n) rows of one step as staleness/rho/block_001 and so
 * on. Errors: those of sidle_records_append(). */
sidle_status sidle_tensorboard_staleness(sidle_tensorboard *board,
                                         const sidle_staleness_row *rows,
                                         int n);

/**
 * Append a text for TensorBoard's page of texts, which shows its lines
 * unchanged; each begins with four blanks in the file.
 * Errors:  those of sidle_records_append().
 */
sidle_status sidle_tensorboard_text(sidle_tensorboard *board, int64_t step,
                                    const char *tag, const char *text);
/* A PNG file in memory, and what it holds. */
typedef struct sidle_tensorboard_image {
    int height, width, channels;
    unsigned char *bytes; /* (n) */
    size_t n;
} sidle_tensorboard_image;

/**
 * Append a picture for TensorBoard's page of images.
 * Errors:  those of sidle_records_append(); SIDLE_EUSAGE: it is too large for
 *          an event.
 */
sidle_status sidle_tensorboard_picture(sidle_tensorboard *board, int64_t step,
                                       const char *tag,
                                       const sidle_tensorboard_image *image);
void sidle_tensorboard_close(sidle_tensorboard *board);

#ifdef __cplusplus
}
#endif

#endif

/* metrics.h - metrics.csv: one row a report, for plots and spreadsheets.
 *
 * The first line names the columns; the last one, "loss_unit", is a text. A
 * cell that a report does not know is empty: an evaluation has valid_loss and
 * no train_loss, a training report the other way round. */
#ifndef SIDLE_IO_METRICS_H
#define SIDLE_IO_METRICS_H

#include "io/dir.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NAN where a number is not known. */
typedef struct sidle_metrics_row {
    int64_t step, update; /* items fed, updates made; while training with a
                             flushed schedule, those in front of the item */
    double train_loss;    /* a target, since the last report */
    double bits;          /* the same in bits; only of a loss in nats */
    double accuracy;      /* share of targets that the model puts first */
    double valid_loss, valid_accuracy;
    double lr;        /* of the last of these, `optim.lr` times its factor */
    double grad_norm; /* of that one, before clipping; 0: none yet, as for lr */
    double tokens_per_second;
    double seconds;    /* of the run, pauses between its starts not counted */
    double busy;       /* share of the time that the idlest rank worked */
    double matrix_lr;  /* of Muon's matrices, as lr; not in the file */
    double valid_bits; /* as bits; not in the file */
} sidle_metrics_row;

/** All NAN but step and update. */
sidle_metrics_row sidle_metrics_empty(int64_t step, int64_t update);

typedef struct sidle_metrics_column {
    const char *name; /* in the file */
    const char *tag;  /* in TensorBoard */
    double value;
} sidle_metrics_column;

#define SIDLE_METRICS_COLUMNS 10

/** The columns of numbers behind step and update, in the order of the file. */
void sidle_metrics_columns(const sidle_metrics_row *row,
                           sidle_metrics_column columns[SIDLE_METRICS_COLUMNS]);

typedef struct sidle_metrics sidle_metrics;

/**
 * Open metrics.csv in the folder to append, trimmed to `resumed_step` (0: a
 * fresh run): rows of later steps go, and of that step the evaluation, which a
 * resume repeats; so do lines that are no whole rows. The training row of that
 * step stays if it `has_row`: else it belongs to a run that ended there
 * before a report was due, and the resumed run reports its items again. `unit`
 * is that of the losses; rows of a file that did not name it yet get it.
 *
 * Calls:   local, rank 0.
 * Owns:    borrows `unit`; the caller ends it with sidle_metrics_close().
 * Errors:  SIDLE_EIO; SIDLE_EDATA if the file has other columns (it is not
 *          changed).
 */
sidle_status sidle_metrics_open(const sidle_dir *folder, int64_t resumed_step,
                                int has_row, const char *unit,
                                sidle_metrics **metrics_p);
/** The column "seconds" of the last row that stayed, 0: there is none. */
double sidle_metrics_seconds(const sidle_metrics *metrics);
/** Append a row, or nothing of it. Errors: those of sidle_records_append(). */
sidle_status sidle_metrics_append(sidle_metrics *metrics,
                                  const sidle_metrics_row *row);
void sidle_metrics_close(sidle_metrics *metrics);

#ifdef __cplusplus
}
#endif

#endif

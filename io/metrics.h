/* metrics.h - metrics.csv: one row per report, for plots and spreadsheets.
 *
 * The first line names the columns; "loss_unit" is a text. A cell without a
 * value is empty: an evaluation has valid_loss and no train_loss, a training
 * report the other way round. New columns are added behind all others. */
#ifndef SIDLE_IO_METRICS_H
#define SIDLE_IO_METRICS_H

#include "io/dir.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NAN: no value. */
typedef struct sidle_metrics_row {
    int64_t step, update; /* items fed, updates made; while training with a
                             flushed schedule, those before the item */
    double train_loss;    /* per target, since the last report */
    double bits;          /* the same in bits; only of a loss in nats */
    double accuracy;      /* share of targets to which the model gives the
                             highest score */
    double valid_loss, valid_accuracy;
    double lr;        /* of the last update, `optim.lr` times its factor */
    double grad_norm; /* of the same update, before clipping; 0: none yet, as
                         for lr */
    double tokens_per_second;
    double seconds; /* of the run, pauses between its starts not counted */
    double busy;    /* share of the time that the idlest rank worked */
    double rows_per_update;   /* of all replicas */
    double tokens_per_update; /* targets, their mean since the last report */
    double clip_accuracy;     /* of an evaluation of clips: share that is
                                 recognised by the mean of all frames */
    double matrix_lr;         /* of Muon's matrices, as lr; not in the file */
    double valid_bits;        /* as bits; not in the file */
} sidle_metrics_row;

/** A row with all values NAN except step and update. */
sidle_metrics_row sidle_metrics_empty(int64_t step, int64_t update);

typedef struct sidle_metrics_column {
    const char *name; /* in the file */
    const char *tag;  /* in TensorBoard */
    double value;
} sidle_metrics_column;

#define SIDLE_METRICS_COLUMNS 13

/** Get the columns of numbers after step and update, in the order of the
 * file; the last three stand behind the unit there. */
void sidle_metrics_columns(const sidle_metrics_row *row,
                           sidle_metrics_column columns[SIDLE_METRICS_COLUMNS]);

typedef struct sidle_metrics sidle_metrics;

/**
 * Open metrics.csv in the folder to append, trimmed to `resumed_step` (0: a
 * fresh run): rows of later steps are removed, and so are the evaluation of
 * that step, which a resume repeats, and incomplete rows. The training row of
 * that step is kept if it `has_row`: else it belongs to a run that ended there
 * before a report was due, and the resumed run reports its items again. `unit`
 * is that of the losses; the rows of a file of an older program, which had
 * fewer columns, get it, and empty cells for the columns behind it.
 *
 * Calls:   local, rank 0.
 * Owns:    borrows `unit`; the caller ends it with sidle_metrics_close().
 * Errors:  SIDLE_EIO; SIDLE_EDATA if the file has other columns (it is not
 *          changed).
 */
sidle_status sidle_metrics_open(const sidle_dir *folder, int64_t resumed_step,
                                int has_row, const char *unit,
                                sidle_metrics **metrics_p);
/** The column "seconds" of the last row that was kept, 0: there is none. */
double sidle_metrics_seconds(const sidle_metrics *metrics);
/** Append a row completely or not at all. Errors: those of
 * sidle_records_append(). */
sidle_status sidle_metrics_append(sidle_metrics *metrics,
                                  const sidle_metrics_row *row);
void sidle_metrics_close(sidle_metrics *metrics);

#ifdef __cplusplus
}
#endif

#endif

/* progress.h - rank 0's reports on the progress of a run.
 *
 * Every report is a line of train.log, a row of metrics.csv and, if wanted, an
 * event of TensorBoard. On a display (display.h) one live line shows the
 * progress, and reports are printed above it: the first ones, then at most one
 * per second, and the last; without a display each report is a line of standard
 * error, too. */
#ifndef SIDLE_RUN_PROGRESS_H
#define SIDLE_RUN_PROGRESS_H

#include "io/metrics.h"
#include "io/tensorboard.h"
#include "mpi/runner_config.h"
#include "run/display.h"
#include "run/expected.h"
#include "run/peak.h"
#include "run/setup.h"

/* The texts of a report, the most important first. */
enum { SIDLE_REPORT_WORDS = 9, SIDLE_REPORT_WORD_MAX = 128 };
typedef struct sidle_report_words {
    size_t n;
    char text[SIDLE_REPORT_WORDS][SIDLE_REPORT_WORD_MAX];
} sidle_report_words;

typedef struct sidle_progress {
    const sidle_setup *setup;
    const sidle_display *display;   /* borrowed, or NULL */
    sidle_metrics *metrics;         /* borrowed, or NULL */
    sidle_tensorboard *tensorboard; /* borrowed, or NULL */
    sidle_peak peak;
    sidle_expected expected;
    double before; /* seconds of the run before this start */
    double started, last_time;
    int64_t first_item, last_item; /* where this process began; last report */
    double train_loss, valid_loss; /* the last of each, NaN before */
    sidle_report_words words;      /* the last report */
    int64_t entered;               /* the newest item on the live line */
    double drawn, kept;            /* when that line was, when a report was */
    int n_kept, is_kept;           /* reports that stayed; whether the last */
} sidle_progress;

/** `item` items were fed before this start; peak of as many cores as ranks
 * have; display: NULL for none. Calls: rank 0. */
void sidle_progress_init(sidle_progress *progress, const sidle_setup *setup,
                         int64_t item, const sidle_peak *peak,
                         const sidle_display *display);
/** `item` enters: update the live line, and once report how long the run will
 * take. */
void sidle_progress_item(sidle_progress *progress, int64_t item);
/** Write one report: the line, the row, the event. Errors: SIDLE_EIO. */
sidle_status sidle_progress_report(sidle_progress *progress,
                                   const sidle_report *report);
/** The norms of all blocks' gradients (mpi/runner_config.h), for TensorBoard.
 * Errors: those of sidle_tensorboard_norms(). */
sidle_status sidle_progress_norms(const sidle_progress *progress, int64_t item,
                                  const double *norms, int n_blocks);
/** End the live line; the last report stays. */
void sidle_progress_done(sidle_progress *progress);

#endif

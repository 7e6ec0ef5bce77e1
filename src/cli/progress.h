/* progress.h - what rank 0 tells about a run that goes on.
 *
 * On a terminal one live line; into a pipe a plain line a report. Every report
 * also goes to metrics.csv and, if wanted, to TensorBoard. */
#ifndef SIDLE_CLI_PROGRESS_H
#define SIDLE_CLI_PROGRESS_H

#include "cli/setup.h"
#include "io/metrics.h"
#include "io/tensorboard.h"
#include "mpi/runner.h"

typedef struct sidle_progress {
    const sidle_setup *setup;
    sidle_metrics *metrics;         /* borrowed, or NULL */
    sidle_tensorboard *tensorboard; /* borrowed, or NULL */
    int is_live;
    double peak; /* floating-point operations a second, all cores */
    double started, last_time;
    int64_t first_item, last_item; /* where this process began; last report */
    double train_loss, valid_loss; /* the last of each, NaN before */
} sidle_progress;

/** `item` items were fed before this start; `peak` in operations a second. */
void sidle_progress_init(sidle_progress *progress, const sidle_setup *setup,
                         int64_t item, double peak);
/** One report: the line, the row, the event. Errors: SIDLE_EIO. */
sidle_status sidle_progress_report(sidle_progress *progress,
                                   const sidle_report *report);
/** End the live line. */
void sidle_progress_done(sidle_progress *progress);

/** SGEMM rate of one core of this process, measured for about 0.1 s. */
double sidle_measure_gemm(void);
/** Whether a person watches standard error, also through mpirun. */
int sidle_is_watched(void);

#endif

/* report.h - what the last block found, summed since the last report of its
 * kind; rank 0 is told (reports.h). */
#ifndef SIDLE_MPI_REPORT_H
#define SIDLE_MPI_REPORT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_report {
    int is_eval;
    int64_t item; /* last item of the sum (evaluation: after which) */
    int64_t items;
    double sum, z; /* of the losses, in the unit of the loss */
    int64_t n_targets, n_correct;
    int64_t bad; /* items whose loss is not finite: not in the sums */
    /* Of the last block: its updates, and of the last one the schedule's
     * factor of lr and the norm of its gradient. Where the pipe is flushed at
     * each update: of those in front of the item's forward. */
    int64_t updates;
    double factor, grad_norm;
    double busy; /* least busy share of all ranks since the last one */
} sidle_report;

#ifdef __cplusplus
}
#endif

#endif

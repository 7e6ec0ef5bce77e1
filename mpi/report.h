/* report.h - the losses of the last block, summed since the last report of the
 * same kind and sent to rank 0 (reports.h). */
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
    int64_t n_clips, n_clips_correct; /* whole clips of an evaluation; left 0
                                         by the runner (on_scores) */
    int64_t bad; /* items whose loss is not finite: not in the sums */
    /* Of the last block: its updates, and the schedule's factor of lr and the
     * gradient norm of the last one. Where the pipe is flushed at each update:
     * of the updates before the item's forward. */
    int64_t updates;
    double factor, grad_norm;
    double busy; /* lowest busy share of all ranks since the last report */
} sidle_report;

#ifdef __cplusplus
}
#endif

#endif

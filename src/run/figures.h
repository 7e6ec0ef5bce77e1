/* figures.h - the busy shares of the ranks of a recorded trace.
 *
 * The figures are those of a window of whole updates among the recorded items.
 * A rank's time is from its first block's forward of the first item to that of
 * the item after the last: the time between is the cost of these items, with a
 * pipe as full at the end as at the beginning. Streaming schedules fill the
 * pipe in the first 2 D items of a start, and those are left out. If no such
 * window was recorded, but all items of a start with an empty pipe, to the
 * run's end, or the last update of a flushed schedule, complete or not, then
 * all ranks' time from the first of these items to the last update of a block
 * counts, including the filling and draining of the pipe. A round that new
 * clips end drains the pipe within a window; the time that this takes counts.
 *
 * Work is the computation of a block, including forwards that run again,
 * updates and evaluations; messages (copies, the data source), waits and
 * checkpoints are not work. No schedule can do better than keep the rank with
 * the most work busy all the time:
 *
 *   ideal   = all ranks' work / (P x the most work of a rank)
 *   reached = all ranks' work / (P x the most time of a rank)
 *   efficiency = reached / ideal
 *
 * in seconds per item, the time without the writing of checkpoints, which does
 * not depend on a schedule: every run writes one before its last drain. It is
 * never above 1. */
#ifndef SIDLE_RUN_FIGURES_H
#define SIDLE_RUN_FIGURES_H

#include "mpi/trace.h"

/* The figures of one block. */
typedef struct sidle_block_figures {
    int rank, block;
    double work; /* seconds per item */
} sidle_block_figures;

/* The figures of one rank. */
typedef struct sidle_rank_figures {
    double seconds;                    /* that are counted */
    double saving;                     /* of these, for checkpoints */
    double share[SIDLE_N_EVENT_KINDS]; /* of them, 0 to 1 */
    double work;                       /* seconds per item */
} sidle_rank_figures;

typedef struct sidle_figures {
    int64_t shown; /* recorded items that were reached, from first_item on */
    int64_t first, items; /* that are counted; 0 items: no figures */
    int is_to_end;        /* of all time to the last instruction */
    int n_ranks, n_blocks;
    sidle_rank_figures *ranks;
    sidle_block_figures *blocks;
    int has_saves;           /* some of the time is of checkpoints */
    double seconds_per_item; /* without them, of the rank that took the most */
    double ideal, reached, efficiency;
} sidle_figures;

/** Compute the figures. Owns: the caller frees them with sidle_figures_done().
 * Calls: local, where the spans are. */
void sidle_figures_of(const sidle_trace *trace, sidle_figures *figures);
void sidle_figures_done(sidle_figures *figures);

#endif

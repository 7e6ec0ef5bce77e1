/* recording.h - a recorded timeline: the file that shows it, and what it says
 * of how busy the ranks were.
 *
 * Figures count the recorded items only: of each rank from its taking up of the
 * first to its taking up of the one after the last. Work is what a block
 * computes, forwards that run again, updates and evaluations included; messages
 * (copies, the data source), waits and checkpoints are none. No schedule can do
 * better than keep the rank with the most work busy all the time:
 *
 *   ideal   = all ranks' work / (P x the most work of a rank)
 *   reached = all ranks' work / (P x the most time of a rank)
 *   efficiency = reached / ideal
 *
 * in seconds an item. It is never above 1. */
#ifndef SIDLE_CLI_RECORDING_H
#define SIDLE_CLI_RECORDING_H

#include "io/trace_file.h"
#include "mpi/runner.h"

/** How a sidle_event_kind is shown in a trace file. */
sidle_trace_kind sidle_recording_kind(int event_kind);

/* Of one block. */
typedef struct sidle_block_figures {
    int rank, block;
    double work; /* seconds an item */
} sidle_block_figures;

/* Of one rank. */
typedef struct sidle_rank_figures {
    double seconds;                    /* that are counted */
    double share[SIDLE_N_EVENT_KINDS]; /* of them, 0 to 1 */
    double seconds_per_item, work;     /* its time; what of it is work */
} sidle_rank_figures;

typedef struct sidle_figures {
    int64_t items; /* that are counted; 0: there are no figures */
    int n_ranks, n_blocks;
    sidle_rank_figures *ranks;
    sidle_block_figures *blocks;
    double seconds_per_item; /* of the rank that took the most */
    double ideal, reached, efficiency;
} sidle_figures;

/** Count. Owns: the caller frees it with sidle_figures_done(). */
void sidle_figures_of(const sidle_recording *timeline, sidle_figures *figures);
void sidle_figures_done(sidle_figures *figures);

/**
 * Write `folder`/trace.json, over that of an earlier start; the figures stand
 * in it under "otherData".
 * Calls:   local, one rank.
 * Errors:  SIDLE_EIO with path and reason; the old file is left as it was.
 */
sidle_status sidle_recording_write(const sidle_recording *timeline,
                                   const sidle_figures *figures,
                                   const char *folder);

/** After a run that may have been recorded: gather, write, tell the figures. A
 * file that cannot be written is a warning: the run is done. Collective. */
void sidle_recording_tell(const sidle_runner *runner, const char *folder);

#endif

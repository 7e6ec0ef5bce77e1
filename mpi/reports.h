/* reports.h - transfer of losses from the last block's ranks to rank 0, which
 * adds those of several replicas in replica order.
 *
 * Reports are small and rare. They go into a pool of sends that no rank waits
 * for, and arrive in order. A mark after them shows rank 0 that it has seen
 * every report before a boundary, or of a whole run. */
#ifndef SIDLE_MPI_REPORTS_H
#define SIDLE_MPI_REPORTS_H

#include "mpi/runner_config.h"

typedef struct sidle_reports sidle_reports;

/** Owns: borrows config; close it also after a failure. Errors: SIDLE_EINTERNAL
 * (memory). Calls: all ranks; `from` is the rank of replica 0's last block. */
sidle_status sidle_reports_open(const sidle_runner_config *config, int from,
                                sidle_reports **reports_p);
/** NULL is allowed. Calls: when every mark has been seen. */
void sidle_reports_close(sidle_reports *reports);

/** Whether a report, and scores, can be sent now; else poll and call again. */
int sidle_reports_can_send(sidle_reports *reports);
void sidle_reports_send(sidle_reports *reports, const sidle_report *report);
/** Send the scores of an evaluation item's rows after its forward, if
 * config->on_scores wants them. */
void sidle_reports_scores(sidle_reports *reports, int64_t item,
                          const sidle_block *block, int slot);
/** Send a mark after everything that was sent. */
void sidle_reports_mark(sidle_reports *reports);

/**
 * Rank 0 passes arrived reports to config->on_report, with `busy` filled in.
 * Does nothing on other ranks.
 */
void sidle_reports_poll(sidle_reports *reports, double busy);
/** Whether the next mark has arrived; if so, consumes it. Ranks other than 0:
 * 1. */
int sidle_reports_is_marked(sidle_reports *reports);

#endif

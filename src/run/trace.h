/* trace.h - a trace: its file, and its figures as text. */
#ifndef SIDLE_RUN_TRACE_H
#define SIDLE_RUN_TRACE_H

#include "io/trace_file.h"
#include "mpi/runner.h"
#include "run/figures.h"

/** How a sidle_event_kind is shown in a trace file. */
sidle_trace_kind sidle_trace_kind_of(int event_kind);

/**
 * Write trace.json in the folder, replacing that of an earlier start; the
 * figures, if there are any, are in it under "otherData". Calls: local, one
 * rank.
 * Errors:  SIDLE_EIO with path and reason; the old file is left as it was.
 */
sidle_status sidle_trace_write(const sidle_trace *trace,
                               const sidle_figures *figures,
                               const sidle_dir *folder);

/** After a run that may have been recorded: gather, write, report the figures.
 * A file that cannot be written is a warning: the run is done. Collective; the
 * folder is rank 0's. */
void sidle_trace_tell(const sidle_runner *runner, const sidle_dir *folder);

#endif

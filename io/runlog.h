/* runlog.h - train.log: opened to append, and trimmed when a run is resumed.
 *
 * A line is a time stamp, a space and words. Those of a report begin with "step
 * 20/400" or "step 20  valid loss" (run/progress.h); all others (starts,
 * warnings, stops) are history, whatever becomes of the steps. */
#ifndef SIDLE_IO_RUNLOG_H
#define SIDLE_IO_RUNLOG_H

#include "io/dir.h"

#include <stdint.h>

/**
 * Open train.log in the folder to append; *stream_p is a FILE that takes whole
 * lines at each fflush(), and on a full disk none (records.h). A last line that
 * a killed run did not finish is ended first; a file that has a second name
 * (a hard link) is copied first, so that only ours grows.
 * Calls:   local, rank 0.
 * Owns:    the caller closes the stream.
 * Errors:  SIDLE_EIO: a link, a pipe, or errno's words.
 */
sidle_status sidle_runlog_open(const sidle_dir *folder, void **stream_p);

/**
 * Take the reports of steps beyond `resumed_step` (0: a fresh run) out of
 * `folder`/train.log, of that step the evaluation, which a resume repeats, and
 * the report, unless it `has_row` (io/metrics.h); and reports that were not
 * finished. The file is the old one or the new one, never
 * half; a stream that was opened before writes to the old one.
 * Calls:   local, rank 0.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_runlog_trim(const sidle_dir *folder, int64_t resumed_step,
                               int has_row);

#endif

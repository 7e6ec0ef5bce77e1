/* runlog.h - opens train.log to append, and trims it when a run is resumed.
 *
 * A line is a time stamp, a space and a text. The text of a report begins with
 * "step 20/400" or "step 20 valid loss" (run/progress.h); all other lines
 * (starts, warnings, stops) are history and are always kept. */
#ifndef SIDLE_IO_RUNLOG_H
#define SIDLE_IO_RUNLOG_H

#include "io/dir.h"

#include <stdint.h>

/**
 * Open train.log in the folder to append; *stream_p is a FILE that writes whole
 * lines at each fflush(), and none on a full disk (records.h). A last line that
 * a killed run did not finish is ended first; a file with a second name (a hard
 * link) is copied first, so that only the run's own copy grows.
 * Calls:   local, rank 0.
 * Owns:    the caller closes the stream.
 * Errors:  SIDLE_EIO: a link, a pipe, or errno's text.
 */
sidle_status sidle_runlog_open(const sidle_dir *folder, void **stream_p);

/**
 * Remove from `folder`/train.log the reports of steps later than `resumed_step`
 * (0: a fresh run), the evaluation of that step, which a resume repeats, its
 * report, unless it `has_row` (io/metrics.h), and incomplete reports. The file
 * is replaced atomically; a stream that was opened before writes to the old
 * one.
 * Calls:   local, rank 0.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_runlog_trim(const sidle_dir *folder, int64_t resumed_step,
                               int has_row);

#endif

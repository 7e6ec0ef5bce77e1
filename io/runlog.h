/* runlog.h - train.log: opened to append, and trimmed when a run is resumed.
 *
 * A line is a time stamp, a space and words. Those of a report begin with "step
 * 20/400" or "step 20  valid loss" (cli/progress.h); all others (starts,
 * warnings, stops) are history, whatever becomes of the steps. */
#ifndef SIDLE_IO_RUNLOG_H
#define SIDLE_IO_RUNLOG_H

#include "base/status.h"

#include <stdint.h>

/**
 * Open `folder`/train.log to append; *stream_p is a FILE. A last line that a
 * killed run did not finish is ended first.
 * Calls:   local, rank 0.
 * Owns:    the caller closes the stream.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_runlog_open(const char *folder, void **stream_p);

/**
 * Take the reports of steps beyond `resumed_step` (0: a fresh run) out of
 * `folder`/train.log, of that step the evaluation, which a resume repeats, and
 * reports that were not finished. The file is the old one or the new one, never
 * half; a stream that was opened before writes to the old one.
 * Calls:   local, rank 0.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_runlog_trim(const char *folder, int64_t resumed_step);

#endif

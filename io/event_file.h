/* event_file.h - files of TensorBoard's events: a new one, and what a resumed
 * run will report again cut off the old ones. */
#ifndef SIDLE_IO_EVENT_FILE_H
#define SIDLE_IO_EVENT_FILE_H

#include "io/events.pb-c.h"
#include "io/records.h"

#include <limits.h>

enum { SIDLE_EVENT_MAX = 1 << 20 }; /* bytes: the longest is a text */

/**
 * Remove from every event file of a folder what is of later steps than
 * `resumed_step`, and of that step all but its row of metrics, if the run
 * `has_row` of it. A link is left as it is, with a warning.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_event_files_cut(const sidle_dir *folder,
                                   int64_t resumed_step, int has_row);
/** A file under a name that no file has yet. Owns: the caller closes the
 * records. Errors: SIDLE_EIO. */
sidle_status sidle_event_file_new(const sidle_dir *folder, char name[NAME_MAX],
                                  sidle_records **records_p);
/** Append one event, of SIDLE_EVENT_MAX bytes at most. Errors: SIDLE_EIO. */
sidle_status sidle_event_append(sidle_records *records,
                                const Sidle__Event *event);

#endif

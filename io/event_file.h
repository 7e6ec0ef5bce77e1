/* event_file.h - TensorBoard's event files: creates one, and removes from the
 * old ones what a resumed run will report again. */
#ifndef SIDLE_IO_EVENT_FILE_H
#define SIDLE_IO_EVENT_FILE_H

#include "io/events.pb-c.h"
#include "io/records.h"

#include <limits.h>

enum { SIDLE_EVENT_MAX = 1 << 22 }; /* bytes; the longest is a picture */

/**
 * Remove from every event file of a folder the events of steps later than
 * `resumed_step`, and those of that step except its row of metrics, if the run
 * `has_row`. A link is left as it is, with a warning.
 * Errors:  SIDLE_EIO.
 */
sidle_status sidle_event_files_cut(const sidle_dir *folder,
                                   int64_t resumed_step, int has_row);
/** Create a file with an unused name. Owns: the caller closes the records.
 * Errors: SIDLE_EIO. */
sidle_status sidle_event_file_new(const sidle_dir *folder, char name[NAME_MAX],
                                  sidle_records **records_p);
/** Append one event of at most SIDLE_EVENT_MAX bytes. Errors: SIDLE_EIO. */
sidle_status sidle_event_append(sidle_records *records,
                                const Sidle__Event *event);

#endif

/* records.h - a file of a run that grows by whole records: rows, lines, events.
 *
 * On a full disk a record is written completely or not at all, because later
 * readers stop at a partial record or misread it. Records without space are
 * lost; a warning says so once, and once when writing is possible again. */
#ifndef SIDLE_IO_RECORDS_H
#define SIDLE_IO_RECORDS_H

#include "io/dir.h"

#include <stdint.h>

typedef struct sidle_records sidle_records;

/**
 * Open the file to append, and create it if it is missing; with `is_new`,
 * create a new one, which replaces any entry of that name. `what` is the name
 * of a record, "row".
 * Calls:   local, one rank.
 * Owns:    copies; the caller ends it with sidle_records_close().
 * Errors:  those of sidle_dir_file().
 */
sidle_status sidle_records_open(const sidle_dir *folder, const char *name,
                                const char *what, int is_new,
                                sidle_records **records_p);
/**
 * Append one record completely or not at all.
 * Errors:  SIDLE_EIO with errno's text for the first record that is lost; the
 *          number of the following ones is reported when a record is written
 *          again.
 */
sidle_status sidle_records_append(sidle_records *records, const void *record,
                                  size_t size);
/** Records that were lost since the last one that was written. */
int64_t sidle_records_lost(const sidle_records *records);
/** Close; NULL is allowed. Records that are lost at the end are reported. */
void sidle_records_close(sidle_records *records);

#endif

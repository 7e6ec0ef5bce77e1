/* records.h - a file of a run that grows by whole records: rows, lines, events.
 *
 * On a disk that is full a record is written whole or not at all, since what
 * reads the file later stops at a torn one, or takes it for another. Records
 * that found no room are lost; that is told once, and once when it is over. */
#ifndef SIDLE_IO_RECORDS_H
#define SIDLE_IO_RECORDS_H

#include "io/dir.h"

#include <stdint.h>

typedef struct sidle_records sidle_records;

/**
 * Open the file to append, made where it is missing; with `is_new` a new one in
 * the place of whatever bears that name. `what` is one of its records, "row".
 * Calls:   local, one rank.
 * Owns:    copies; the caller ends it with sidle_records_close().
 * Errors:  those of sidle_dir_file().
 */
sidle_status sidle_records_open(const sidle_dir *folder, const char *name,
                                const char *what, int is_new,
                                sidle_records **records_p);
/**
 * Append one record, or nothing of it.
 * Errors:  SIDLE_EIO with errno's words for the first record that is lost; of
 *          those that follow it nothing is said but their number, once a record
 *          is written again.
 */
sidle_status sidle_records_append(sidle_records *records, const void *record,
                                  size_t size);
/** Records that were lost since the last one that was written. */
int64_t sidle_records_lost(const sidle_records *records);
/** Close; NULL is nothing. Records that are lost at the end are told. */
void sidle_records_close(sidle_records *records);

#endif

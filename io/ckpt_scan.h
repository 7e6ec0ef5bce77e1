/* ckpt_scan.h - every data set of a file, and the bytes where it lies. */
#ifndef SIDLE_IO_CKPT_SCAN_H
#define SIDLE_IO_CKPT_SCAN_H

#include "io/ckpt.h"
#include "io/digest.h"

#include <hdf5.h>

enum { SIDLE_TEXT = 's' }; /* the type of fixed-length strings, beside ours */

typedef struct sidle_entry {
    sidle_array array; /* its type may be SIDLE_TEXT, its n_dims 0 */
    int64_t element;   /* bytes of one element */
    int64_t offset, bytes;
    int is_listed; /* in /integrity, with this digest */
    sidle_digest digest;
} sidle_entry;

typedef struct sidle_entries {
    sidle_entry *all; /* sorted by path */
    size_t n, reserved;
    int64_t limit; /* bytes of the file */
} sidle_entries;

/**
 * List the data sets of an open file; `limit` is set, the rest is zero.
 * Owns:    the caller frees `all`, after a failure too.
 * Errors:  SIDLE_EIO: a link, an object or a data set that is not as ours are.
 */
sidle_status sidle_entries_scan(hid_t file, sidle_entries *entries);
/** The data set of a path, or NULL. */
sidle_entry *sidle_entries_find(const sidle_entries *entries, const char *path);

/** One of the columns of /integrity? An array, that is, not /config either? */
int sidle_entry_is_integrity(const sidle_entry *e);
int sidle_entry_is_array(const sidle_entry *e);

#endif

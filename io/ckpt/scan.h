/* scan.h - what HDF5 says of a checkpoint: its attributes, and the place
 * of every data set. Nothing here is read but tables. */
#ifndef SIDLE_IO_CKPT_SCAN_H
#define SIDLE_IO_CKPT_SCAN_H

#include "io/ckpt.h"
#include "io/digest.h"

enum { SIDLE_TEXT = 's' }; /* the type of fixed-length strings, beside ours */

typedef struct sidle_entry {
    sidle_array array; /* its type may be SIDLE_TEXT, its n_dims 0 */
    int64_t element;   /* bytes of one element */
    int64_t offset, bytes;
    int is_listed; /* in /integrity, with this digest */
    sidle_digest digest;
} sidle_entry;

typedef struct sidle_root {
    sidle_ckpt_info info;
    sidle_digest digest; /* of the above as it was saved; "": none was */
} sidle_root;

enum sidle_found {
    SIDLE_FOUND_ROOT = 1, /* sidle_root, first of all */
    SIDLE_FOUND_SET,      /* sidle_entry */
    SIDLE_FOUND_FAULT     /* a sentence: something is not as ours is */
};

/* Takes one finding; anything but SIDLE_OK ends the scan. */
typedef sidle_status sidle_tell(void *context, int found, const void *data,
                                size_t n);

/**
 * Tell all that a file of `limit` bytes holds, in the order of its groups; a
 * damaged object is a fault and the others are told all the same.
 *
 * Calls:   local; HDF5 itself may crash, loop or take any memory on a damaged
 *          file: see found.h.
 * Errors:  SIDLE_EDATA: not HDF5, not a checkpoint of ours, or of a later
 *          version; then nothing is told but what `tell` answered.
 */
sidle_status sidle_ckpt_scan(int fd, int64_t limit, sidle_tell *tell,
                             void *context);

/** One of the columns of /integrity? An array, that is, not /config either? */
int sidle_entry_is_integrity(const sidle_entry *e);
int sidle_entry_is_array(const sidle_entry *e);

#endif

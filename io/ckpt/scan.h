/* scan.h - scans a checkpoint with HDF5: its attributes, and the offset of
 * every data set. Reads the file's tables only. */
#ifndef SIDLE_IO_CKPT_SCAN_H
#define SIDLE_IO_CKPT_SCAN_H

#include "io/ckpt.h"
#include "io/digest.h"

enum {
    SIDLE_TEXT = 's'
}; /* the type of fixed-length strings, in addition to
      sidle_dtype */

typedef struct sidle_entry {
    sidle_array array; /* its type may be SIDLE_TEXT, its n_dims 0 */
    int64_t element;   /* bytes of one element */
    int64_t offset, bytes;
    int is_listed; /* in /integrity, with this digest */
    sidle_digest digest;
} sidle_entry;

typedef struct sidle_root {
    sidle_ckpt_info info;
    sidle_digest digest; /* of `info` as it was saved; "": not saved */
} sidle_root;

enum sidle_found {
    SIDLE_FOUND_ROOT = 1, /* sidle_root, first of all */
    SIDLE_FOUND_SET,      /* sidle_entry */
    SIDLE_FOUND_FAULT     /* a message: a difference from a valid checkpoint */
};

/* Receives one finding; any status except SIDLE_OK ends the scan. */
typedef sidle_status sidle_tell(void *context, int found, const void *data,
                                size_t n);

/**
 * Report everything that a file of `limit` bytes holds, in the order of its
 * groups; a damaged object is a fault, and the others are reported
 * nevertheless.
 *
 * Calls:   local; HDF5 itself may crash, loop or use any amount of memory on a
 *          damaged file: see found.h.
 * Errors:  SIDLE_EDATA: not HDF5, not a Sidle checkpoint, or of a later
 *          version; else only the status that `tell` returned.
 */
sidle_status sidle_ckpt_scan(int fd, int64_t limit, sidle_tell *tell,
                             void *context);

/** Whether it is a column of /integrity; whether it is an array, that is,
 * neither that nor /config. */
int sidle_entry_is_integrity(const sidle_entry *e);
int sidle_entry_is_array(const sidle_entry *e);

#endif

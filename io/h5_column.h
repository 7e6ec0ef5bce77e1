/* h5_column.h - integers of an open file: a data set, its shape, its pieces. */
#ifndef SIDLE_IO_H5_COLUMN_H
#define SIDLE_IO_H5_COLUMN_H

#include "base/status.h"

#include <hdf5.h>
#include <stdint.h>

enum { SIDLE_H5_MAX_DIMS = 4 };

/* Integers of an open file: a data set with its shape. */
typedef struct sidle_h5_column {
    hid_t set, space;
    const char *name;
    int64_t dims[SIDLE_H5_MAX_DIMS];
} sidle_h5_column;

/**
 * Open integers of `n_dims` dimensions, not more than a file of `size` bytes
 * can hold.
 * Owns:    borrows the name; the caller ends it with sidle_h5_column_close().
 * Errors:  those of sidle_h5_open_set(); SIDLE_EDATA: another type or shape,
 *          or a claim beyond its bytes.
 */
sidle_status sidle_h5_column_open(hid_t file, const char *name, int n_dims,
                                  int64_t size, sidle_h5_column *c);
/** Elements [from, from + n) of one dimension. Errors: as read_fail. */
sidle_status sidle_h5_column_read(const sidle_h5_column *c, int64_t from,
                                  int64_t n, int64_t *out);
/** Bytes of rows [from, from + n) of the first dimension. Errors: as above. */
sidle_status sidle_h5_column_read_bytes(const sidle_h5_column *c, int64_t from,
                                        int64_t n, unsigned char *out);
/** Rows of the first dimension that are unpacked together, and so are best read
 * together; 0: any, the elements lie in one piece. */
int64_t sidle_h5_column_chunk(const sidle_h5_column *c);
/**
 * Find all chunks in the file, so that what leads to them is known to be whole.
 * Calls:   in a child (fence.h): of a damaged file it may not return.
 * Errors:  SIDLE_EDATA: one cannot be found.
 */
sidle_status sidle_h5_column_find_chunks(const sidle_h5_column *c);
/** Read one element, if there is any: what unpacks it is there. Errors: as
 * above. */
sidle_status sidle_h5_column_probe(const sidle_h5_column *c);
void sidle_h5_column_close(sidle_h5_column *c);

/** Whether its elements are uint8. */
int sidle_h5_column_is_bytes(const sidle_h5_column *c);

#endif

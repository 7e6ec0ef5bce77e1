/* h5_column.h - reads integers of an open file: a data set, its shape, its
 * chunks. */
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
 * Open a data set of integers with `n_dims` dimensions and at most as many
 * elements as a file of `size` bytes can hold.
 * Owns:    borrows the name; the caller ends it with sidle_h5_column_close().
 * Errors:  those of sidle_h5_open_set(); SIDLE_EDATA: another type or shape, or
 *          more elements than the file can hold.
 */
sidle_status sidle_h5_column_open(hid_t file, const char *name, int n_dims,
                                  int64_t size, sidle_h5_column *c);
/** Read elements [from, from + n) of one dimension. Errors: those of
 * sidle_h5_read_fail(). */
sidle_status sidle_h5_column_read(const sidle_h5_column *c, int64_t from,
                                  int64_t n, int64_t *out);
/** Get the shape of its chunks, which are best read whole; 0: there are none,
 * the elements are contiguous. */
int sidle_h5_column_chunk_dims(const sidle_h5_column *c,
                               hsize_t dims[SIDLE_H5_MAX_DIMS]);
/**
 * Find all chunks in the file, which checks that their index is complete.
 * Calls:   in a child (fence.h): on a damaged file it may not return.
 * Errors:  SIDLE_EDATA: one cannot be found.
 */
sidle_status sidle_h5_column_find_chunks(const sidle_h5_column *c);
/** Read one element, if there is any, which checks that its filters are
 * available. Errors: as above. */
sidle_status sidle_h5_column_probe(const sidle_h5_column *c);
void sidle_h5_column_close(sidle_h5_column *c);

/** Whether its elements are uint8. */
int sidle_h5_column_is_bytes(const sidle_h5_column *c);

#endif

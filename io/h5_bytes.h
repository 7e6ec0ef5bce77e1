/* h5_bytes.h - an HDF5 file driver that reads an open descriptor. */
#ifndef SIDLE_IO_H5_BYTES_H
#define SIDLE_IO_H5_BYTES_H

#include <hdf5.h>

/* The only name that is opened; any other name is a file that this one refers
 * to. */
#define SIDLE_H5_BYTES_NAME "an open file"

/**
 * Set the access property list so that files opened with it are the bytes of
 * `fd`, read only: those of this very file, even if it was renamed or removed,
 * and nothing beyond its end. HDF5's own driver accepts names only. Files that
 * links and virtual data sets refer to are not opened: their names would be
 * taken for this one.
 *
 * Owns:    borrows fd until the file is closed.
 * Errors:  returns a negative value, as HDF5's own calls do.
 */
herr_t sidle_h5_set_bytes(hid_t access, int fd);

#endif

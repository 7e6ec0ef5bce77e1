/* h5_bytes.h - an HDF5 file driver that reads an open descriptor. */
#ifndef SIDLE_IO_H5_BYTES_H
#define SIDLE_IO_H5_BYTES_H

#include <hdf5.h>

/* The one name that is opened; any other is a file that this one leads to. */
#define SIDLE_H5_BYTES_NAME "an open file"

/**
 * Let files that are opened with `access` be the bytes of `fd`, read only:
 * those of this very file, whatever has become of its name, and nothing beyond
 * its end. HDF5's own driver takes names only. Files that links and virtual
 * data sets lead to are not opened: their names would be taken for this one.
 *
 * Owns:    borrows fd until the file is closed.
 * Errors:  negative, as HDF5's own calls.
 */
herr_t sidle_h5_set_bytes(hid_t access, int fd);

#endif

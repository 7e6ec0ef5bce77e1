/* h5_set.h - opens data sets that are in the open file itself.
 *
 * In HDF5 a name can refer to other files in three ways: a link, a virtual data
 * set, external raw files. None is followed: a checksum of the file would not
 * cover the other files, and HDF5 reads fill values if one is missing. */
#ifndef SIDLE_IO_H5_SET_H
#define SIDLE_IO_H5_SET_H

#include "base/status.h"

#include <hdf5.h>
#include <stdint.h>

/**
 * Open the data set `name` of the root.
 * Owns:    the caller closes it with H5Dclose().
 * Errors:  SIDLE_EDATA: missing; a dangling link or a link out of the file; a
 *          group or a type; a set whose elements are in other files or sets.
 *          Messages state which of them, and what to do.
 */
sidle_status sidle_h5_open_set(hid_t file, const char *name, hid_t *set_p);

/**
 * Fail because a data set could not be read: a filter that this HDF5 lacks is
 * SIDLE_EDATA and named, anything else SIDLE_EIO.
 * Calls:   right after the failed call, which leaves HDF5's error stack.
 */
sidle_status sidle_h5_read_fail(hid_t set, const char *name);

#endif

/* h5_set.h - data sets that lie in the open file itself.
 *
 * HDF5 lets a name lead into other files in three ways: a link, a virtual data
 * set, external raw files. None is followed: a checksum of the file would not
 * cover what they lead to, and HDF5 takes fill values for a source that is not
 * there. */
#ifndef SIDLE_IO_H5_SET_H
#define SIDLE_IO_H5_SET_H

#include "base/status.h"

#include <hdf5.h>
#include <stdint.h>

/**
 * Open the data set `name` of the root.
 * Owns:    the caller closes it with H5Dclose().
 * Errors:  SIDLE_EDATA: missing; a link that leads nowhere or out of the file;
 *          a group or a type; a set whose elements lie in other files or sets.
 *          Sentences say which of them, and what to do.
 */
sidle_status sidle_h5_open_set(hid_t file, const char *name, hid_t *set_p);

/**
 * Keep why a data set could not be read: a filter that HDF5 lacks here is
 * SIDLE_EDATA and named, anything else SIDLE_EIO.
 * Calls:   right after the failed call, which leaves HDF5's stack behind.
 */
sidle_status sidle_h5_read_fail(hid_t set, const char *name);

#endif

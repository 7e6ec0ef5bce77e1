/* h5.h - HDF5 without its noise: failures as one sentence with errno's words,
 * and attributes of any width.
 *
 * Files are little-endian and so must the machine be: what stands in memory
 * is, byte for byte, what stands in the file and what checksums cover. */
#ifndef SIDLE_IO_H5_H
#define SIDLE_IO_H5_H

#include "base/status.h"

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

/** Stop HDF5 from printing its error stack. Calls: local, before any other. */
void sidle_h5_quiet(void);

/**
 * Keep "cannot `what` '`name`': reason", where the reason is errno's words if
 * they stand in HDF5's error stack, else its innermost line.
 * Calls:   right after the failed call, which leaves the stack behind.
 * Errors:  answers `status`.
 */
sidle_status sidle_h5_fail(sidle_status status, const char *what,
                           const char *name);

/**
 * Let HDF5 read a file that is open to read: this one, whatever has become of
 * its name, whatever locks it bears, taking none.
 * Owns:    borrows fd until the file is closed.
 * Errors:  SIDLE_EIO: a directory or a pipe; SIDLE_EDATA: not HDF5, or cut off.
 *          Sentences do not name the file.
 */
sidle_status sidle_h5_open_fd(int fd, hid_t *file_p);
/** Does HDF5's signature stand where HDF5 looks for it: at the start, or behind
 * a user block? No call of HDF5. Errors: as above. */
sidle_status sidle_h5_check_signature(int fd);

/** Is `name` an attribute of the object? */
int sidle_h5_has(hid_t object, const char *name);

/**
 * Read a string attribute of fixed or variable length, an integer attribute of
 * any width and sign, or a number of any kind, one element.
 * Errors:  SIDLE_EDATA: missing, of another kind, or too long for `size`.
 */
sidle_status sidle_h5_read_text(hid_t object, const char *name, char *out,
                                size_t size);
sidle_status sidle_h5_read_int(hid_t object, const char *name, int64_t *out);
sidle_status sidle_h5_read_real(hid_t object, const char *name, double *out);
/**
 * Whether a file says that it is of this format, and of a version from 1 to
 * `newest`, which *version_p gets (NULL: nobody asks).
 * Errors:  SIDLE_EDATA: it is not, or it does not say.
 */
sidle_status sidle_h5_read_format(hid_t file, const char *format, int newest,
                                  int *version_p);

/** Write an attribute: a fixed-length string, n of them as one array, an int64.
 * Errors: SIDLE_EIO. */
sidle_status sidle_h5_write_texts(hid_t object, const char *name,
                                  const char *const *texts, int64_t n);
sidle_status sidle_h5_write_text(hid_t object, const char *name,
                                 const char *text);
sidle_status sidle_h5_write_int(hid_t object, const char *name, int64_t value);

/** A string type of `size` bytes, zero padded, UTF-8; ended by H5Tclose(). */
hid_t sidle_h5_text_type(size_t size);

#endif

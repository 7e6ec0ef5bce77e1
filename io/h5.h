/* h5.h - HDF5 without its printed error stack: failures as one message with
 * errno's text, and attributes of any width.
 *
 * Files are little-endian, and the machine must be, too: the bytes in memory
 * are those in the file, and those that checksums cover. */
#ifndef SIDLE_IO_H5_H
#define SIDLE_IO_H5_H

#include "base/status.h"

#include <hdf5.h>
#include <stddef.h>
#include <stdint.h>

/** Stop HDF5 from printing its error stack. Calls: local, before any other. */
void sidle_h5_quiet(void);

/**
 * Fail with "cannot `what` '`name`': reason", where the reason is errno's text
 * if HDF5's error stack contains it, else the innermost line of the stack.
 * Calls:   right after the failed call, which leaves the stack.
 * Errors:  returns `status`.
 */
sidle_status sidle_h5_fail(sidle_status status, const char *what,
                           const char *name);

/**
 * Let HDF5 read a file that is open to read: this very file, even if it was
 * renamed, removed or locked; no lock is taken.
 * Owns:    borrows fd until the file is closed.
 * Errors:  SIDLE_EIO: a directory or a pipe; SIDLE_EDATA: not HDF5, or
 *          truncated. Messages do not name the file.
 */
sidle_status sidle_h5_open_fd(int fd, hid_t *file_p);
/** Check for HDF5's signature at the places where HDF5 expects it: at the
 * start, or after a user block. Does not call HDF5. Errors: as above. */
sidle_status sidle_h5_check_signature(int fd);

/** Whether `name` is an attribute of the object. */
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
 * Check that a file declares this format, and a version from 1 to `newest`,
 * which *version_p gets (NULL: not wanted).
 * Errors:  SIDLE_EDATA: another format or version, or none declared.
 */
sidle_status sidle_h5_read_format(hid_t file, const char *format, int newest,
                                  int *version_p);

/** Write an attribute: n fixed-length strings as one array, one string, an
 * int64.
 * Errors: SIDLE_EIO. */
sidle_status sidle_h5_write_texts(hid_t object, const char *name,
                                  const char *const *texts, int64_t n);
sidle_status sidle_h5_write_text(hid_t object, const char *name,
                                 const char *text);
sidle_status sidle_h5_write_int(hid_t object, const char *name, int64_t value);

/** A string type of `size` bytes, zero padded, UTF-8. Owns: the caller ends it
 * with H5Tclose(). */
hid_t sidle_h5_text_type(size_t size);

#endif

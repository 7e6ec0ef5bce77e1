/* bytes.h - writes bytes at an offset of a file. */
#ifndef SIDLE_IO_BYTES_H
#define SIDLE_IO_BYTES_H

#include "base/status.h"

#include <stdint.h>

/**
 * Write n bytes at `offset`, in as many calls as the system needs, each of at
 * most 1 GiB.
 * Calls:   local; SIGXFSZ has to be ignored, or a limit of file sizes ends the
 *          process.
 * Errors:  SIDLE_EIO with errno's text.
 */
sidle_status sidle_write_at(int fd, int64_t offset, int64_t n,
                            const void *data);

/** Fail. Errors: SIDLE_EIO: "cannot `what` '`path`': " and errno's text. */
sidle_status sidle_posix_fail(const char *what, const char *path);

#endif

/* bytes.h - bytes to their place in a file. */
#ifndef SIDLE_IO_BYTES_H
#define SIDLE_IO_BYTES_H

#include "base/status.h"

#include <stdint.h>

/**
 * Write n bytes at `offset`, whatever the pieces that the system takes; none
 * is larger than 1 GiB.
 * Calls:   local; SIGXFSZ is ignored, else a limit of file sizes kills.
 * Errors:  SIDLE_EIO with errno's words.
 */
sidle_status sidle_write_at(int fd, int64_t offset, int64_t n,
                            const void *data);

/** Errors: SIDLE_EIO: "cannot `what` '`path`': " and errno's words. */
sidle_status sidle_posix_fail(const char *what, const char *path);

#endif

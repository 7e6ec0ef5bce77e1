/* digest.h - XXH3-128 as 32 hexadecimal digits, of memory and of files. */
#ifndef SIDLE_IO_DIGEST_H
#define SIDLE_IO_DIGEST_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* In the format of xxh128sum. */
typedef struct sidle_digest {
    char hex[33];
} sidle_digest;

/** Digest of `n` bytes in memory. Calls: local. */
void sidle_digest_memory(const void *data, size_t n, sidle_digest *digest);

/**
 * Digest of the bytes [offset, offset + n) of an open file.
 * Errors:  SIDLE_EIO: cannot be read, or is shorter.
 */
sidle_status sidle_digest_range(int fd, int64_t offset, int64_t n,
                                sidle_digest *digest);

/**
 * Size and checksum of a data file: its identity in a checkpoint.
 * Errors:  SIDLE_EIO: missing, or cannot be read.
 */
sidle_status sidle_file_digest(const char *path, int64_t *size_p,
                               sidle_digest *digest);

/**
 * Read n bytes at `offset`, in as many calls as the system needs.
 * Errors:  SIDLE_EIO with errno's text, or "ends at byte ..".
 */
sidle_status sidle_read_at(int fd, int64_t offset, int64_t n, void *out);

#endif

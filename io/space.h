/* space.h - checks free space for a file, and reserves it. */
#ifndef SIDLE_IO_SPACE_H
#define SIDLE_IO_SPACE_H

#include "io/dir.h"

#include <stdint.h>

/**
 * Check that `bytes` fit: the folder's file system has enough free space, and
 * this process may write such a large file.
 * Errors:  SIDLE_EIO with needed and free bytes and errno's text.
 */
sidle_status sidle_space_check(const sidle_dir *folder, int64_t bytes);

/**
 * Reserve `bytes` of the disk for an open file without changing its size, so
 * that quotas and a full disk are found before the first byte is written; no
 * error if the file system cannot do this.
 * Errors:  SIDLE_EIO with errno's text: no space, no quota, too large a file, a
 *          broken disk.
 */
sidle_status sidle_space_keep(int fd, int64_t bytes);

#endif

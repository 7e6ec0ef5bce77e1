/* space.h - is there room for a file, and room kept for it. */
#ifndef SIDLE_IO_SPACE_H
#define SIDLE_IO_SPACE_H

#include "io/dir.h"

#include <stdint.h>

/**
 * Will `bytes` fit: the folder's file system has so much free, and this
 * process may write so large a file.
 * Errors:  SIDLE_EIO with needed and free bytes and errno's words.
 */
sidle_status sidle_space_check(const sidle_dir *folder, int64_t bytes);

/**
 * Keep `bytes` of the disk for an open file without changing its size, so
 * that quotas and a full disk show before the first byte is written; a file
 * system that cannot do that, whatever its words for it, is content.
 * Errors:  SIDLE_EIO with errno's words: no space, no quota, too large a file,
 *          a broken disk.
 */
sidle_status sidle_space_keep(int fd, int64_t bytes);

#endif

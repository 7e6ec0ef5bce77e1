/* data_file.h - opens data files, and receives their contents from the child
 * that reads them.
 */
#ifndef SIDLE_IO_DATA_FILE_H
#define SIDLE_IO_DATA_FILE_H

#include "io/data_scan.h"

#include <stddef.h>

/** Fails because a file cannot be read; `key` is the option that names its
 * path, NULL if it was named on the command line. Errors: SIDLE_EIO, always. */
sidle_status sidle_data_file_fail(const char *path, const char *key,
                                  const char *why);
/** Open a regular file on *fd_p and get its size; `key` may be NULL. Errors:
 * SIDLE_EIO. */
sidle_status sidle_data_file_open(const char *path, const char *key, int *fd_p,
                                  int64_t *size_p);
/** Get the attribute `format` of an HDF5 file, such as "sidle-tokens", or "".
 * Calls: local; HDF5 runs in a child process. */
void sidle_data_file_format(const char *path, char *format, size_t size);

/* Receives one frame; any status except SIDLE_OK ends the reading. */
typedef sidle_status sidle_data_take(void *context, int kind,
                                     const int64_t *piece, int64_t n);

/**
 * Let a child do `work` on a file, and receive all its frames.
 * Calls:   local; one process (fence.h).
 * Owns:    *has_died_p, which may be NULL: the child ended before it reported
 *          the result of the work.
 * Errors:  those of sidle_fence_begin(), sidle_fence_hear() and of `take`.
 */
sidle_status sidle_data_file_hear(const sidle_data_task *task,
                                  sidle_fenced *work, sidle_data_take *take,
                                  void *context, int *has_died_p);

#endif

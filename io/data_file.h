/* data_file.h - data files opened, and heard of from the child that reads them.
 */
#ifndef SIDLE_IO_DATA_FILE_H
#define SIDLE_IO_DATA_FILE_H

#include "io/data_scan.h"

#include <stddef.h>

/** Fails because a file cannot be read; `key` is where its path comes from,
 * NULL if it was named on the command line. Errors: SIDLE_EIO, always. */
sidle_status sidle_data_file_fail(const char *path, const char *key,
                                  const char *why);
/** A regular file, open on *fd_p, and its size; `key` may be NULL. Errors:
 * SIDLE_EIO. */
sidle_status sidle_data_file_open(const char *path, const char *key, int *fd_p,
                                  int64_t *size_p);
/** The attribute `format` of an HDF5 file, or "": "sidle-tokens". Calls: local;
 * HDF5 runs in a child. */
void sidle_data_file_format(const char *path, char *format, size_t size);

/* Takes one frame; anything but SIDLE_OK ends the hearing. */
typedef sidle_status sidle_data_take(void *context, int kind,
                                     const int64_t *piece, int64_t n);

/**
 * Let a child do `work` on a file, and take all of its frames.
 * Calls:   local; one process (fence.h).
 * Owns:    *has_died_p, which may be NULL: the child ended before it could say
 *          how the work went.
 * Errors:  those of sidle_fence_begin(), sidle_fence_hear() and of `take`.
 */
sidle_status sidle_data_file_hear(const sidle_data_task *task,
                                  sidle_fenced *work, sidle_data_take *take,
                                  void *context, int *has_died_p);

#endif

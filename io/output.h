/* output.h - a file at a path that the user gave: it is the old one, or the
 * complete new one. */
#ifndef SIDLE_IO_OUTPUT_H
#define SIDLE_IO_OUTPUT_H

#include "io/dir.h"

#include <limits.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_output {
    sidle_dir *folder;
    char name[NAME_MAX + 1];        /* in the folder */
    char fresh[NAME_MAX + 1];       /* the temporary file, in the same folder */
    char path[PATH_MAX + NAME_MAX]; /* of the temporary file */
} sidle_output;

/**
 * Check that a file can be written at `path`, before the work that fills it:
 * the folder exists, and what has the name, if anything, is a regular file or a
 * link (which is replaced itself). The temporary file is empty.
 * Calls:   local, one rank.
 * Owns:    the caller ends it with sidle_output_end(), but not after a failure.
 * Errors:  SIDLE_EIO: no such folder, not writable, a folder, a device, a pipe
 *          or a socket.
 */
sidle_status sidle_output_begin(const char *path, sidle_output *output);
/**
 * After SIDLE_OK: flush the temporary file to the disk and rename it. Else
 * remove it, and the old file stays.
 * Errors:  `status`; SIDLE_EIO with errno's text.
 */
sidle_status sidle_output_end(sidle_output *output, sidle_status status);

#ifdef __cplusplus
}
#endif

#endif

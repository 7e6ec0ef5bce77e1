/* replace.h - a small file written so that it is the old or the new one. */
#ifndef SIDLE_IO_REPLACE_H
#define SIDLE_IO_REPLACE_H

#include "base/status.h"

#include <stddef.h>

/**
 * Write `folder`/`name` by a temporary file, fsync and rename.
 * Calls:   local, one rank.
 * Errors:  SIDLE_EIO with errno's words; the old file stays as it was and the
 *          temporary one is gone.
 */
sidle_status sidle_replace_file(const char *folder, const char *name,
                                const char *text, size_t size);

#endif

/* replace.h - a small file written so that it is the old or the new one. */
#ifndef SIDLE_IO_REPLACE_H
#define SIDLE_IO_REPLACE_H

#include "io/dir.h"

/**
 * Write `name` in the folder by a temporary file, fsync and rename. What bore
 * that name is replaced, a link too: never what it leads to.
 * Calls:   local, one rank.
 * Errors:  SIDLE_EIO with errno's words; the old file stays as it was and the
 *          temporary one is gone.
 */
sidle_status sidle_replace_file(const sidle_dir *folder, const char *name,
                                const char *text, size_t size);

#endif

/* replace.h - replaces a small file atomically. */
#ifndef SIDLE_IO_REPLACE_H
#define SIDLE_IO_REPLACE_H

#include "io/dir.h"

/**
 * Write `name` in the folder by a temporary file, fsync and rename. An entry of
 * that name is replaced; of a link, the link itself and never its target.
 * Calls:   local, one rank.
 * Errors:  SIDLE_EIO with errno's text; the old file is unchanged and the
 *          temporary one is removed.
 */
sidle_status sidle_replace_file(const sidle_dir *folder, const char *name,
                                const char *text, size_t size);

#endif

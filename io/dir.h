/* dir.h - a folder that is held open: a run creates its files in this folder,
 * even after it was moved, and never through a link.
 *
 * A run folder from another source may contain links, pipes and devices under
 * the names that a run writes, and a folder may be moved while another run
 * starts at its old path. Therefore no file of a run is opened, renamed or
 * removed by its path. */
#ifndef SIDLE_IO_DIR_H
#define SIDLE_IO_DIR_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_dir {
    char *path; /* for messages, and for files that are read before the run
                   begins */
    int fd;     /* -1: it cannot be opened, for this reason: */
    int error;  /* errno */
} sidle_dir;

/**
 * Open the folder at `path`, a folder or a link to one, and keep it open. Never
 * NULL: sidle_dir_check() returns whether it is open.
 * Owns:    copies `path`; the caller ends it with sidle_dir_close().
 */
sidle_dir *sidle_dir_open(const char *path);
/** Open the folder `name` in `folder`, or the target of a link of that name. */
sidle_dir *sidle_dir_open_in(const sidle_dir *folder, const char *name);
void sidle_dir_close(sidle_dir *folder);
/** Check that the folder is open. Errors: SIDLE_EIO with errno's text. */
sidle_status sidle_dir_check(const sidle_dir *folder);

/**
 * Open the regular file `name` in the folder. `flags` are those of open();
 * O_CREAT creates a missing file. O_EXCL creates a new and empty one, which
 * replaces any entry of that name.
 * Owns:    the caller closes *fd_p; -1 if the file is missing (no O_CREAT),
 *          which is not an error.
 * Errors:  SIDLE_EIO: a link, a pipe, a device, a folder (the message names
 *          what it is and what to do), or errno's text.
 */
sidle_status sidle_dir_file(const sidle_dir *folder, const char *name,
                            int flags, int *fd_p);
/** Whether the name exists, also as a dangling link. */
int sidle_dir_has(const sidle_dir *folder, const char *name);
/** Errors: SIDLE_EIO with errno's text; removing a missing file is not an
 *          error.
 */
sidle_status sidle_dir_rename(const sidle_dir *folder, const char *from,
                              const char *to);
sidle_status sidle_dir_remove(const sidle_dir *folder, const char *name);
/** Flush the folder's entries to the disk; no error if the file system cannot
 * do this for a folder. Errors: SIDLE_EIO. */
sidle_status sidle_dir_synchronize(const sidle_dir *folder);

/**
 * Whether the path does not lead to this folder any more; from then on messages
 * contain the new path, as the system reports it.
 */
int sidle_dir_has_moved(sidle_dir *folder);
/** Whether the folder was removed: no file can be created in it any more. */
int sidle_dir_is_gone(const sidle_dir *folder);

/** Fail with SIDLE_EIO: "`folder`/`name`: cannot be `what`: " and errno's
 * text. */
sidle_status sidle_dir_fail(const sidle_dir *folder, const char *name,
                            const char *what);

#ifdef __cplusplus
}
#endif

#endif

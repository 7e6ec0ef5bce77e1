/* dir.h - a folder that is held open: a run creates its files in this folder,
 * wherever it is moved, and never through a link.
 *
 * A run folder from elsewhere may contain links, pipes and devices under the
 * names that a run writes, and a folder may be moved while another run starts
 * at its old path. Therefore no file of a run is opened, renamed or removed
 * by its path. */
#ifndef SIDLE_IO_DIR_H
#define SIDLE_IO_DIR_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_dir {
    char *path; /* for messages, and for what is read before the run begins */
    int fd;     /* -1: it cannot be opened, and why: */
    int error;  /* errno */
} sidle_dir;

/**
 * Hold the folder at `path`, itself a folder or a link to one. Always an
 * object: sidle_dir_check() tells whether it is open.
 * Owns:    copies `path`; the caller ends it with sidle_dir_close().
 */
sidle_dir *sidle_dir_open(const char *path);
/** The folder `name` in `folder`, or what a link of that name leads to. */
sidle_dir *sidle_dir_open_in(const sidle_dir *folder, const char *name);
void sidle_dir_close(sidle_dir *folder);
/** Errors: SIDLE_EIO: it is not open, in errno's words. */
sidle_status sidle_dir_check(const sidle_dir *folder);

/**
 * Open the regular file `name` in the folder. `flags` are those of open(); a
 * file that is missing is made where they have O_CREAT. With O_EXCL it is a new
 * and empty one, in the place of whatever bears that name.
 * Owns:    the caller closes *fd_p; -1 if the file is missing (no O_CREAT),
 *          which is no failure.
 * Errors:  SIDLE_EIO: a link, a pipe, a device, a folder (said what it is and
 *          what to do), or errno's words.
 */
sidle_status sidle_dir_file(const sidle_dir *folder, const char *name,
                            int flags, int *fd_p);
/** Whether the name is there, be it a link that leads nowhere. */
int sidle_dir_has(const sidle_dir *folder, const char *name);
/** Errors: SIDLE_EIO with errno's words; to remove what is not there is none.
 */
sidle_status sidle_dir_rename(const sidle_dir *folder, const char *from,
                              const char *to);
sidle_status sidle_dir_remove(const sidle_dir *folder, const char *name);
/** Flush its entries to the disk; no error if the file system cannot do this
 * for a folder. Errors: SIDLE_EIO. */
sidle_status sidle_dir_synchronize(const sidle_dir *folder);

/**
 * Whether the path leads to this folder no more; from then on the new path, as
 * the system tells it, stands in messages.
 */
int sidle_dir_has_moved(sidle_dir *folder);
/** Whether it was removed: nothing can be made in it any more. */
int sidle_dir_is_gone(const sidle_dir *folder);

/** SIDLE_EIO: "`folder`/`name`: cannot be `what`: " and errno's words. */
sidle_status sidle_dir_fail(const sidle_dir *folder, const char *name,
                            const char *what);

#ifdef __cplusplus
}
#endif

#endif

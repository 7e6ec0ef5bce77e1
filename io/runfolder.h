/* runfolder.h - the folder of a run: creates it, locks it, and opens its log.
 */
#ifndef SIDLE_IO_RUNFOLDER_H
#define SIDLE_IO_RUNFOLDER_H

#include "io/dir.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runfolder sidle_runfolder;

/**
 * Create `dir` (with its parent folders) and `dir`/checkpoints if they are
 * missing, take the lock, remove temporary files of small files (those of
 * checkpoints: sidle_ckpt_sweep), open train.log to append.
 *
 * The lock is an open descriptor of `dir`/.lock: it ends with the process,
 * even if that is killed, so that a dead run never holds its folder.
 *
 * Calls:   local, rank 0.
 * Owns:    the caller ends it with sidle_runfolder_close() or _discard().
 * Errors:  SIDLE_EIO: the path is a file or a dangling link, cannot be created
 *          or written, one of its files is a link or a pipe, or another run
 *          holds it (the message names its process and host). Everything that
 *          was created is removed again.
 */
sidle_status sidle_runfolder_open(const char *dir, sidle_runfolder **folder_p);
/** Close the log and release the lock; NULL is allowed. */
void sidle_runfolder_close(sidle_runfolder *folder);
/** As sidle_runfolder_close(), after a failed start: also removes what it
 * created, including folders that are empty then. */
void sidle_runfolder_discard(sidle_runfolder *folder);

/** The folder in which all files of the run are created (sidle_replace_file()),
 * and that of its checkpoints. Owns: the run folder. */
sidle_dir *sidle_runfolder_at(const sidle_runfolder *folder);
sidle_dir *sidle_runfolder_checkpoints(const sidle_runfolder *folder);
/** train.log as a FILE, for sidle_log_set_file(). Owns: the run folder. */
void *sidle_runfolder_log(const sidle_runfolder *folder);
/**
 * Remove from train.log what a run that continues from `resumed_step` will
 * report again (io/runlog.h), and reopen it: users of sidle_runfolder_log()
 * must call that again, also after a failure, when it may return NULL. Errors:
 * SIDLE_EIO.
 */
sidle_status sidle_runfolder_trim_log(sidle_runfolder *folder,
                                      int64_t resumed_step, int has_row);
/** Replace config.yaml atomically. Errors: SIDLE_EIO. */
sidle_status sidle_runfolder_write_config(const sidle_runfolder *folder,
                                          const char *yaml);

#ifdef __cplusplus
}
#endif

#endif

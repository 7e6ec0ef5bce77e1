/* runfolder.h - the folder of a run: made, held by one run at a time, with its
 * log open. */
#ifndef SIDLE_IO_RUNFOLDER_H
#define SIDLE_IO_RUNFOLDER_H

#include "io/dir.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_runfolder sidle_runfolder;

/**
 * Make `dir` (with the folders above it) and `dir`/checkpoints where they are
 * missing, take the lock, remove temporary files of small files (those of
 * checkpoints: sidle_ckpt_sweep), open train.log to append.
 *
 * The lock is an open descriptor of `dir`/.lock: it goes with the process, also
 * when that is killed, so a dead run never holds its folder.
 *
 * Calls:   local, rank 0.
 * Owns:    the caller ends it with sidle_runfolder_close() or _discard().
 * Errors:  SIDLE_EIO: the path is a file or a link to what is not there, cannot
 *          be made or not be written, a file of it is a link or a pipe, or
 *          another run holds it (its process and host are named). What was made
 *          is gone again.
 */
sidle_status sidle_runfolder_open(const char *dir, sidle_runfolder **folder_p);
/** Close the log and give the lock back; NULL is nothing. */
void sidle_runfolder_close(sidle_runfolder *folder);
/** The same after a start that failed: what it made is removed again, folders
 * too where they are empty then. */
void sidle_runfolder_discard(sidle_runfolder *folder);

/** The folder, in which all files of the run are made (sidle_replace_file()),
 * and that of its checkpoints. Owns: the run folder. */
sidle_dir *sidle_runfolder_at(const sidle_runfolder *folder);
sidle_dir *sidle_runfolder_checkpoints(const sidle_runfolder *folder);
/** train.log as a FILE, for sidle_log_set_file(). Owns: the run folder. */
void *sidle_runfolder_log(const sidle_runfolder *folder);
/**
 * Take out of train.log what a run that goes on from `resumed_step` will report
 * again (io/runlog.h), and open it anew: whoever has the stream of
 * sidle_runfolder_log() must ask for it once more, also after a failure, when
 * it may be NULL. Errors: SIDLE_EIO.
 */
sidle_status sidle_runfolder_trim_log(sidle_runfolder *folder,
                                      int64_t resumed_step, int has_row);
/** Write config.yaml: the old one or the new one, never half. Errors:
 * SIDLE_EIO. */
sidle_status sidle_runfolder_write_config(const sidle_runfolder *folder,
                                          const char *yaml);

#ifdef __cplusplus
}
#endif

#endif

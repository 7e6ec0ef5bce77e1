/* found.h - the findings of a scan of a checkpoint, each checked.
 *
 * The scan of a file from another process runs in a fenced child (fence.h): a
 * damaged table can make HDF5 crash, loop or use gigabytes. The findings are
 * checked against the file's size before they are kept, so that time and memory
 * of this process are bounded whatever the file contains. */
#ifndef SIDLE_IO_CKPT_FOUND_H
#define SIDLE_IO_CKPT_FOUND_H

#include "io/ckpt/scan.h"

enum { SIDLE_FAULTS_MAX = 1000 }; /* messages; further ones are dropped */

typedef struct sidle_findings {
    sidle_root root;
    sidle_entry *all; /* sorted by path, no path twice */
    size_t n, reserved;
    int64_t limit; /* bytes of the file */
    char **faults; /* messages: differences from a valid checkpoint */
    int n_faults;
    int is_unseen; /* the scan failed for a reason outside the file */
} sidle_findings;

/**
 * Scan an open file; `limit` is set, the rest is zero. With `is_own` HDF5 runs
 * in this process: for a file that it has just written.
 *
 * Owns:    the caller ends the findings, after a failure too.
 * Errors:  SIDLE_EDATA: not a Sidle checkpoint, or HDF5 crashed on it (earlier
 *          findings are kept); SIDLE_EIO: it cannot be read, or is_unseen: the
 *          scan was killed or silent twice (fence.h).
 */
sidle_status sidle_findings_gather(int fd, int is_own,
                                   sidle_findings *findings);
void sidle_findings_done(sidle_findings *findings);

/** Add the message of sidle_fail() to the faults, if there are fewer than
 * SIDLE_FAULTS_MAX. */
void sidle_findings_fault(sidle_findings *findings);
/** Find the data set of a path, or NULL. */
sidle_entry *sidle_findings_find(const sidle_findings *findings,
                                 const char *path);

#endif

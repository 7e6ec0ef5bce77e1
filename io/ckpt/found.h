/* found.h - what a scan found in a checkpoint, each finding doubted.
 *
 * The scan of a file that others made runs behind a fence (fence.h): HDF5 can
 * be made to crash, to loop and to take gigabytes by a damaged table. What
 * comes back is held against the file's size before it is kept, so that time
 * and memory of this process have bounds whatever the file says. */
#ifndef SIDLE_IO_CKPT_FOUND_H
#define SIDLE_IO_CKPT_FOUND_H

#include "io/ckpt/scan.h"

enum { SIDLE_FAULTS_MAX = 1000 }; /* sentences; what follows is not kept */

typedef struct sidle_findings {
    sidle_root root;
    sidle_entry *all; /* sorted by path, no path twice */
    size_t n, reserved;
    int64_t limit; /* bytes of the file */
    char **faults; /* sentences: what is not as ours is */
    int n_faults;
    int is_unseen; /* the scan failed, and not because of the file */
} sidle_findings;

/**
 * Scan an open file; `limit` is set, the rest is zero. With `is_own` HDF5 runs
 * in this very process: for a file that it has just written.
 *
 * Owns:    the caller ends the findings, after a failure too.
 * Errors:  SIDLE_EDATA: not a checkpoint of ours, or HDF5 did not survive it
 *          (what was found before is kept); SIDLE_EIO: it cannot be read, or
 *          is_unseen: twice the scan was killed or silent (fence.h).
 */
sidle_status sidle_findings_gather(int fd, int is_own,
                                   sidle_findings *findings);
void sidle_findings_done(sidle_findings *findings);

/** Keep the sentence of sidle_fail() as one more fault, if there are less than
 * SIDLE_FAULTS_MAX. */
void sidle_findings_fault(sidle_findings *findings);
/** The data set of a path, or NULL. */
sidle_entry *sidle_findings_find(const sidle_findings *findings,
                                 const char *path);

#endif

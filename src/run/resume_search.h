/* resume_search.h - the newest good step file of a folder of checkpoints. */
#ifndef SIDLE_RUN_RESUME_SEARCH_H
#define SIDLE_RUN_RESUME_SEARCH_H

#include "io/ckpt.h"

/**
 * The newest step file that verifies and is of the step that its name says;
 * those that are rejected are named in warnings. NULL where the folder has no
 * step file.
 * Calls:   local.
 * Owns:    the caller closes *ckpt_p.
 * Errors:  SIDLE_EIO: none of them verifies, or one cannot be read: it may be
 *          good.
 */
sidle_status sidle_search_newest(const char *checkpoints, sidle_ckpt **ckpt_p);

/** Of all files of the folder that a start may read through. */
double sidle_search_bytes(const char *checkpoints);

#endif

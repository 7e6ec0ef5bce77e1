/* resume_search.h - finds the newest valid step file of a folder of
 * checkpoints. */
#ifndef SIDLE_RUN_RESUME_SEARCH_H
#define SIDLE_RUN_RESUME_SEARCH_H

#include "io/ckpt.h"

/**
 * Open the newest step file that verifies and is of the step in its name;
 * warnings name those that are rejected. NULL if the folder has no step file.
 * Calls:   local.
 * Owns:    the caller closes *ckpt_p.
 * Errors:  SIDLE_EIO: none of them verifies, or one cannot be read, which may
 *          be valid.
 */
sidle_status sidle_search_newest(const char *checkpoints, sidle_ckpt **ckpt_p);

/** Bytes of all files of the folder that a start may read. */
double sidle_search_bytes(const char *checkpoints);

#endif

/* which.h - finds the checkpoint that a run folder stands for. */
#ifndef SIDLE_RUN_WHICH_H
#define SIDLE_RUN_WHICH_H

#include "base/status.h"

#include <limits.h>

typedef enum sidle_which {
    SIDLE_WHICH_END,   /* final.h5, else as SIDLE_WHICH_RESUME */
    SIDLE_WHICH_RESUME /* what latest.h5 points to, else the newest step-*: a
                          run continues from a step, not from its drained end */
} sidle_which;

/**
 * Set `path` to the file that `given` names; if that is a run folder, or its
 * folder of checkpoints, the requested one of its checkpoints, and a line of
 * the log names it.
 * Calls:   local.
 * Errors:  SIDLE_EIO: a folder without a checkpoint, or it cannot be read.
 */
sidle_status sidle_which_checkpoint(const char *given, sidle_which which,
                                    char path[PATH_MAX]);

#endif

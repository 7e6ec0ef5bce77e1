/* expand.h - what stands for something else in the values that a user wrote. */
#ifndef SIDLE_RUN_EXPAND_H
#define SIDLE_RUN_EXPAND_H

#include "io/config.h"

/* The first line of a configuration that has been expanded: of the run folder
 * and of a checkpoint. */
#define SIDLE_EXPANDED                                                         \
    "# as it was used: $, % and ~ stand for themselves as long as this line "  \
    "is here\n"

/**
 * Expand the settings from number `first` on, in place and once:
 *   $NAME, ${NAME}  a variable of the environment; $$ is a dollar
 *   %j, %a, %A      in run.dir: number of Slurm's job, of the array's task, of
 *                   the array; %% is a percent sign
 *   ~/              at the beginning of a path: $HOME; a path "-" is refused
 * One whose value would change, and that a later one replaces, is left out.
 * Errors:  SIDLE_EUSAGE naming key and variable: one that is not set or holds
 *          no text, or a sign that means nothing.
 */
sidle_status sidle_expand(sidle_settings *settings, size_t first);

/**
 * A path of the command line, "~/" expanded: a shell leaves it behind "=". One
 * that is "-" is refused.
 * Owns:    the caller frees *path_p.
 * Errors:  SIDLE_EUSAGE.
 */
sidle_status sidle_expand_path(const char *word, char **path_p);

#endif

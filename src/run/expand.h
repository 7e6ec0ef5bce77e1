/* expand.h - expands variables and abbreviations in the values of a
 * configuration. */
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
 * A setting whose value would change, and that a later one replaces, is left
 * out.
 * Errors:  SIDLE_EUSAGE naming key and variable: a variable that is not set or
 *          is not text, or an unknown sign.
 */
sidle_status sidle_expand(sidle_settings *settings, size_t first);

/**
 * Expand "~/" in a path of the command line, which a shell does not do after
 * "=". A path "-" is refused.
 * Owns:    the caller frees *path_p.
 * Errors:  SIDLE_EUSAGE.
 */
sidle_status sidle_expand_path(const char *word, char **path_p);

#endif

/* uses.h - the keys that have an effect on a command. */
#ifndef SIDLE_RUN_USES_H
#define SIDLE_RUN_USES_H

#include "base/status.h"

/**
 * Check the overrides of a command line against the keys that a command uses: a
 * key without effect is a mistake of the user. Unknown keys are left to the
 * code that applies the overrides.
 * Shapes:  uses: keys, or sections such as "model."; ends with NULL.
 * Errors:  SIDLE_EUSAGE naming the key and those that are used.
 */
sidle_status sidle_uses(const char *command, const char *const *uses,
                        char *const *overrides, int n_overrides);

/** The same for the commands. Calls: local. */
sidle_status sidle_uses_eval(char *const *overrides, int n_overrides);
sidle_status sidle_uses_bench(const char *what, char *const *overrides,
                              int n_overrides);

#endif

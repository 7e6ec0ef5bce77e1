/* bounds.h - checks that values computed from the options fit into integers. */
#ifndef SIDLE_RUN_BOUNDS_H
#define SIDLE_RUN_BOUNDS_H

#include "run/option_values.h"

/**
 * Each key has a range, but products of them are counted, too: rows of the
 * whole run, places of the learned tables, bytes. After this check none
 * overflows; a model that passes it may still be too large for any machine.
 * Errors:  SIDLE_EUSAGE naming the keys.
 */
sidle_status sidle_bounds_check(const sidle_options *options);
/** The rows of the whole run only, by run.steps. */
sidle_status sidle_bounds_check_rows(const sidle_options *options);

#endif

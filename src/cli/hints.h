/* hints.h - what somebody may not have meant, seen before the first item: a
 * schedule that leaves ranks idle where a larger update would not, a run that
 * never leaves its warm-up, and blocks that came from the number of ranks. */
#ifndef SIDLE_CLI_HINTS_H
#define SIDLE_CLI_HINTS_H

#include "run/setup.h"

enum { SIDLE_HINTS_MAX = 3, SIDLE_HINT_MAX = 400 };

typedef struct sidle_hints {
    size_t n;
    char line[SIDLE_HINTS_MAX][SIDLE_HINT_MAX];
} sidle_hints;

/** Of a run with `n_ranks` ranks a chain; each line is one hint. Calls: local.
 */
void sidle_hints_of(const sidle_setup *setup, int n_ranks, sidle_hints *hints);
/** As lines of the log. */
void sidle_hints_tell(const sidle_hints *hints);

#endif

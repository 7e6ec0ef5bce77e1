/* expected.h - predicts the duration of a run: before its first item from
 * counted operations, later once from the time of its items. */
#ifndef SIDLE_RUN_EXPECTED_H
#define SIDLE_RUN_EXPECTED_H

#include "run/peak.h"
#include "run/setup.h"

/* Items between two that enter with an equally full pipe. */
typedef struct sidle_expected {
    int64_t from, least; /* the first that counts; how many are enough */
    int64_t steps;
    double since; /* when item `from` entered; 0: it has not */
    int is_told;
} sidle_expected;

/**
 * Report the minimum time of the items after `item`, from counted operations at
 * the peak rate, and when the run ends.
 * Calls:   rank 0.
 */
void sidle_expected_least(const sidle_setup *setup, int64_t item,
                          const sidle_peak *peak);

/** `item` items were fed before. Calls: local. */
void sidle_expected_init(sidle_expected *expected, const sidle_setup *setup,
                         int64_t item);
/** `item` enters now; once, when enough have, the log states when the run will
 * end. Calls: local. */
void sidle_expected_item(sidle_expected *expected, int64_t item, double now);

/** Get the time of day `seconds` from now, "2026-12-01 14:05". */
void sidle_expected_clock(double seconds, char *out, size_t size);

#endif

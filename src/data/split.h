/* split.h - the size of the held-out part. */
#ifndef SIDLE_DATA_SPLIT_H
#define SIDLE_DATA_SPLIT_H

#include <math.h>
#include <stdint.h>

/** Number of held-out documents or clips of `n`: rounded, at least one if
 * fraction > 0. */
static inline int64_t sidle_split_count(double fraction, int64_t n)
{
    int64_t count = (int64_t)round(fraction * (double)n);

    if (fraction <= 0.0)
        return 0;
    return count > 0 ? count : n > 0;
}

#endif

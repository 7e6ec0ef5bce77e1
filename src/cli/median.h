/* median.h - the figure that a measurement is told by. */
#ifndef SIDLE_CLI_MEDIAN_H
#define SIDLE_CLI_MEDIAN_H

#include <stddef.h>

/** The middle one of n values, at least 1, which are sorted. Calls: local. */
double sidle_median(double *values, size_t n);

#endif

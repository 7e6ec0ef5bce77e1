/* median.c - the figure that a measurement is told by. */
#include "cli/median.h"

#include <stdlib.h>

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

double sidle_median(double *values, size_t n)
{
    qsort(values, n, sizeof(values[0]), by_size);
    return values[n / 2];
}

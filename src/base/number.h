/* number.h - the smaller and the larger of two integers; for reals there are
 * fmin() and fmax(). */
#ifndef SIDLE_BASE_NUMBER_H
#define SIDLE_BASE_NUMBER_H

#include <stddef.h>
#include <stdint.h>

static inline int64_t sidle_smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t sidle_larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static inline size_t sidle_larger_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

#endif

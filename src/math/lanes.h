/* lanes.h - vectors of the width of the build's SIMD registers.
 *
 * A sum over an array keeps one partial sum per lane and adds the lanes in a
 * fixed order, so that it is fast without letting the compiler reorder it. */
#ifndef SIDLE_MATH_LANES_H
#define SIDLE_MATH_LANES_H

#include "base/real.h"

#include <string.h>

#if defined(__AVX512F__)
#define SIDLE_LANES_BYTES 64
#elif defined(__AVX2__)
#define SIDLE_LANES_BYTES 32
#else
#define SIDLE_LANES_BYTES 16
#endif
#define SIDLE_LANES ((ptrdiff_t)(SIDLE_LANES_BYTES / sizeof(sidle_real)))

typedef sidle_real sidle_lanes __attribute__((vector_size(SIDLE_LANES_BYTES)));

static inline sidle_lanes sidle_lanes_load(const sidle_real *p)
{
    sidle_lanes v;

    memcpy(&v, p, sizeof v);
    return v;
}

static inline void sidle_lanes_store(sidle_lanes v, sidle_real *p)
{
    memcpy(p, &v, sizeof v);
}

/** The first n < SIDLE_LANES from memory, the other lanes `rest`. */
static inline sidle_lanes
sidle_lanes_load_part(ptrdiff_t n, const sidle_real *p, sidle_real rest)
{
    sidle_real padded[SIDLE_LANES_BYTES / sizeof(sidle_real)];

    for (ptrdiff_t i = 0; i < SIDLE_LANES; i++)
        padded[i] = i < n ? p[i] : rest;
    return sidle_lanes_load(padded);
}

static inline void sidle_lanes_store_part(sidle_lanes v, ptrdiff_t n,
                                          sidle_real *p)
{
    memcpy(p, &v, (size_t)n * sizeof *p);
}

/* Parts of 16 bytes, a quarter of the widest register, to which a vector is
 * reduced first. */
typedef sidle_real sidle_quarter __attribute__((vector_size(16)));

static inline sidle_real sidle_lanes_sum(sidle_lanes v)
{
    sidle_quarter part[SIDLE_LANES_BYTES / 16];
    sidle_real sum;

    memcpy(part, &v, sizeof v);
    for (int i = 1; i < SIDLE_LANES_BYTES / 16; i++)
        part[0] += part[i];
    sum = part[0][0];
    for (int i = 1; i < (int)(16 / sizeof sum); i++)
        sum += part[0][i];
    return sum;
}

#endif

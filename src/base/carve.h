/* carve.h - one buffer carved into named pieces, measured by the same code.
 *
 * The caches of a layer, the buffers of a station and the memory of a sampler
 * are each a struct of pointers into one buffer. The function that carves the
 * buffer runs twice: first without memory, which only measures (`used`), then
 * with the buffer. A memory forecast therefore equals the memory in use. */
#ifndef SIDLE_BASE_CARVE_H
#define SIDLE_BASE_CARVE_H

#include "base/arena.h"
#include "base/real.h"

typedef struct sidle_carve {
    sidle_real *p; /* NULL: only measure */
    size_t used;   /* reals */
} sidle_carve;

/** Begin to carve `p`; const memory may be carved, but only read. */
static inline sidle_carve sidle_carve_of(const sidle_real *p)
{
    return (sidle_carve){(sidle_real *)p, 0};
}

/** The next `bytes`, aligned to SIDLE_ALIGN; NULL while measuring. */
static inline void *sidle_carve_bytes(sidle_carve *carve, size_t bytes)
{
    sidle_real *piece = carve->p ? carve->p + carve->used : NULL;

    carve->used += sidle_arena_round(bytes) / sizeof(sidle_real);
    return piece;
}

static inline sidle_real *sidle_carve_reals(sidle_carve *carve, ptrdiff_t n)
{
    return sidle_carve_bytes(carve, (size_t)n * sizeof(sidle_real));
}

/** Bytes so far: the size of an arena for the same pieces. */
static inline size_t sidle_carve_total(const sidle_carve *carve)
{
    return carve->used * sizeof(sidle_real);
}

/** The rest of the buffer: scratch memory for a part that is called next. */
static inline sidle_real *sidle_carve_rest(const sidle_carve *carve)
{
    return carve->p != NULL ? carve->p + carve->used : NULL;
}

#endif

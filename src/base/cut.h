/* cut.h - one buffer cut into named pieces, measured by the same code.
 *
 * A layer's cache, stash and scratch are structs of pointers into one buffer.
 * The function that cuts them runs twice: without memory in setup, where only
 * `used` counts, and with the buffer in each call. So size and use agree. */
#ifndef SIDLE_BASE_CUT_H
#define SIDLE_BASE_CUT_H

#include "base/arena.h"
#include "base/real.h"

typedef struct sidle_cut {
    sidle_real *p; /* NULL: only measure */
    size_t used;   /* reals */
} sidle_cut;

/** Cut this buffer; const memory may be cut to be read from. */
static inline sidle_cut sidle_cut_of(const sidle_real *p)
{
    return (sidle_cut){(sidle_real *)p, 0};
}

/** The next `bytes`, aligned to SIDLE_ALIGN; NULL while measuring. */
static inline void *sidle_cut_bytes(sidle_cut *cut, size_t bytes)
{
    sidle_real *piece = cut->p ? cut->p + cut->used : NULL;

    cut->used += sidle_arena_round(bytes) / sizeof(sidle_real);
    return piece;
}

static inline sidle_real *sidle_cut_reals(sidle_cut *cut, ptrdiff_t n)
{
    return sidle_cut_bytes(cut, (size_t)n * sizeof(sidle_real));
}

/** Bytes so far: what an arena needs that will hold the same. */
static inline size_t sidle_cut_total(const sidle_cut *cut)
{
    return cut->used * sizeof(sidle_real);
}

/** What is left: the scratch of a part that is called from here. */
static inline sidle_real *sidle_cut_rest(const sidle_cut *cut)
{
    return cut->p != NULL ? cut->p + cut->used : NULL;
}

#endif

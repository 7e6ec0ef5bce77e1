/* conv_outer.c - sums of outer products of patches and gradients. */
#include "math/conv_outer.h"

/* The partial sums have names, not indices: so they stay in registers. */
#if SIDLE_OUTER_NUMBERS == 9
#define FOR_NUMBERS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#else
#define FOR_NUMBERS(X) X(0) X(1) X(2) X(3) X(4)
#endif

/* A stripe's own sums are added to those of all: long chains of additions would
 * lose digits. */
#define ADD_AT(p, v) sidle_lanes_store(sidle_lanes_load(p) + (v), p)

#define BEGIN(t)                                                               \
    const sidle_real *x##t = x + at[t];                                        \
    sidle_lanes low##t = {0}, high##t = {0};
#define MULTIPLY(t)                                                            \
    low##t += x##t[i] * low;                                                   \
    high##t += x##t[i] * high;
#define KEEP(t)                                                                \
    ADD_AT(sums + (t)*2 * SIDLE_LANES, low##t);                                \
    ADD_AT(sums + (t)*2 * SIDLE_LANES + SIDLE_LANES, high##t);

static void two_vectors(const sidle_stripe *s, const ptrdiff_t *at,
                        const sidle_real *x, const sidle_real *dy,
                        sidle_real *sums)
{
    const ptrdiff_t in_step = s->in_step, out_step = s->out_step;

    FOR_NUMBERS(BEGIN)
    for (ptrdiff_t row = 0; row < s->images * s->rows; row++) {
        ptrdiff_t i = row / s->rows * s->in_image + row % s->rows * s->in_row;

        for (ptrdiff_t n = s->places; n > 0; n--, i += in_step) {
            sidle_lanes low = sidle_lanes_load(dy);
            sidle_lanes high = sidle_lanes_load(dy + SIDLE_LANES);

            FOR_NUMBERS(MULTIPLY)
            dy += out_step;
        }
    }
    FOR_NUMBERS(KEEP)
}

#define BEGIN_ONE(t)                                                           \
    const sidle_real *x##t = x + at[t];                                        \
    sidle_lanes low##t = {0};
#define MULTIPLY_ONE(t) low##t += x##t[i] * low;
#define KEEP_ONE(t) ADD_AT(sums + (t)*SIDLE_LANES, low##t);

static void one_vector(const sidle_stripe *s, const ptrdiff_t *at,
                       const sidle_real *x, const sidle_real *dy,
                       sidle_real *sums)
{
    const ptrdiff_t in_step = s->in_step, out_step = s->out_step;

    FOR_NUMBERS(BEGIN_ONE)
    for (ptrdiff_t row = 0; row < s->images * s->rows; row++) {
        ptrdiff_t i = row / s->rows * s->in_image + row % s->rows * s->in_row;

        for (ptrdiff_t n = s->places; n > 0; n--, i += in_step) {
            sidle_lanes low = sidle_lanes_load(dy);

            FOR_NUMBERS(MULTIPLY_ONE)
            dy += out_step;
        }
    }
    FOR_NUMBERS(KEEP_ONE)
}

void sidle_outer_add(const sidle_stripe *stripe, ptrdiff_t width,
                     const ptrdiff_t *at, const sidle_real *x,
                     const sidle_real *dy, sidle_real *sums)
{
    if (width == SIDLE_LANES)
        one_vector(stripe, at, x, dy, sums);
    else
        two_vectors(stripe, at, x, dy, sums);
}

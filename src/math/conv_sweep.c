/* conv_sweep.c - one pass of a filter over images, in registers. */
#include "math/conv_sweep.h"

#include "base/number.h"
#include "math/lanes.h"

/* Places whose sums are in registers at once, in two vectors each. */
#if defined(__AVX512F__)
#define PLACES 8
#define FOR_PLACES(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#else
#define PLACES 6
#define FOR_PLACES(X) X(0) X(1) X(2) X(3) X(4) X(5)
#endif
#define MAX_WIDTH (2 * SIDLE_LANES_BYTES / sizeof(sidle_real))

/* ---- packed filters */

static ptrdiff_t numbers_of(const sidle_filter *f)
{
    return f->taps[0] * f->taps[1] * f->ins;
}

/* A vector of output channels would be nearly empty, but one of input channels
 * is full. */
static int is_narrow(const sidle_filter *f)
{
    return 4 * f->outs <= SIDLE_LANES && f->ins % SIDLE_LANES == 0;
}

/* Output channels from o on that are computed together. */
static ptrdiff_t width_at(const sidle_filter *f, ptrdiff_t o)
{
    if (is_narrow(f))
        return 1;
    return f->outs - o > SIDLE_LANES ? 2 * SIDLE_LANES : SIDLE_LANES;
}

size_t sidle_filter_size(ptrdiff_t outs, ptrdiff_t ins, ptrdiff_t taps)
{
    ptrdiff_t vectors = (outs + SIDLE_LANES - 1) / SIDLE_LANES;

    return (size_t)(vectors * SIDLE_LANES * (1 + taps * ins));
}

static sidle_real *pack_tap(const sidle_filter *f, const sidle_real *tap,
                            ptrdiff_t first, ptrdiff_t width, sidle_real *to)
{
    ptrdiff_t n = sidle_smaller(width, f->outs - first);

    tap += first * f->step_out;
    for (ptrdiff_t i = 0; i < f->ins; i++, tap += f->step_in, to += width)
        for (ptrdiff_t o = 0; o < width; o++)
            to[o] = o < n ? tap[o * f->step_out] : 0;
    return to;
}

/* In the order in which they are read: of each group of output channels the
 * bias, then the weights tap by tap. */
void sidle_filter_pack(const sidle_filter *f, const sidle_real *bias,
                       sidle_real *packed)
{
    for (ptrdiff_t o = 0, width; o < f->outs; o += width) {
        width = width_at(f, o);
        for (ptrdiff_t i = 0; i < width; i++)
            *packed++ = bias != NULL && o + i < f->outs ? bias[o + i] : 0;
        for (ptrdiff_t y = 0; y < f->taps[0]; y++)
            for (ptrdiff_t x = 0; x < f->taps[1]; x++)
                packed = pack_tap(f, f->at + y * f->step[0] + x * f->step[1], o,
                                  width, packed);
    }
}

/* ---- kernels: sums (PLACES, width) of a group of places. The partial sums
 * have names, not indices: so they stay in registers. */

typedef struct shape {
    ptrdiff_t rows, row, in_row; /* of the filter; numbers in a row */
} shape;

#define BEGIN(p)                                                               \
    const sidle_real *x##p = x + at[p];                                        \
    sidle_lanes low##p = low, high##p = high;
#define MULTIPLY(p)                                                            \
    low##p += x##p[i] * low;                                                   \
    high##p += x##p[i] * high;
#define KEEP(p)                                                                \
    sidle_lanes_store(low##p, sums + (p)*2 * SIDLE_LANES);                     \
    sidle_lanes_store(high##p, sums + (p)*2 * SIDLE_LANES + SIDLE_LANES);

static void two_vectors(const shape *s, const ptrdiff_t *at,
                        const sidle_real *x, const sidle_real *w,
                        sidle_real *sums)
{
    sidle_lanes low = sidle_lanes_load(w);
    sidle_lanes high = sidle_lanes_load(w + SIDLE_LANES);

    FOR_PLACES(BEGIN)
    for (ptrdiff_t row = 0; row < s->rows; row++) {
        ptrdiff_t end = row * s->in_row + s->row;

        for (ptrdiff_t i = end - s->row; i < end; i++) {
            w += 2 * SIDLE_LANES;
            low = sidle_lanes_load(w);
            high = sidle_lanes_load(w + SIDLE_LANES);
            FOR_PLACES(MULTIPLY)
        }
    }
    FOR_PLACES(KEEP)
}

#define BEGIN_ONE(p)                                                           \
    const sidle_real *x##p = x + at[p];                                        \
    sidle_lanes low##p = low;
#define MULTIPLY_ONE(p) low##p += x##p[i] * low;
#define KEEP_ONE(p) sidle_lanes_store(low##p, sums + (p)*SIDLE_LANES);

static void one_vector(const shape *s, const ptrdiff_t *at, const sidle_real *x,
                       const sidle_real *w, sidle_real *sums)
{
    sidle_lanes low = sidle_lanes_load(w);

    FOR_PLACES(BEGIN_ONE)
    for (ptrdiff_t row = 0; row < s->rows; row++) {
        ptrdiff_t end = row * s->in_row + s->row;

        for (ptrdiff_t i = end - s->row; i < end; i++) {
            w += SIDLE_LANES;
            low = sidle_lanes_load(w);
            FOR_PLACES(MULTIPLY_ONE)
        }
    }
    FOR_PLACES(KEEP_ONE)
}

#define BEGIN_DOT(p)                                                           \
    const sidle_real *x##p = x + at[p];                                        \
    sidle_lanes part##p = {0};
#define MULTIPLY_DOT(p) part##p += sidle_lanes_load(x##p + i) * factor;
#define KEEP_DOT(p) sums[p] = bias + sidle_lanes_sum(part##p);

/* One output channel; vectors run along the patch. */
static void one_number(const shape *s, const ptrdiff_t *at, const sidle_real *x,
                       const sidle_real *w, sidle_real *sums)
{
    const sidle_real bias = *w++;

    FOR_PLACES(BEGIN_DOT)
    for (ptrdiff_t row = 0; row < s->rows; row++) {
        ptrdiff_t end = row * s->in_row + s->row;

        for (ptrdiff_t i = end - s->row; i < end; i += SIDLE_LANES) {
            sidle_lanes factor = sidle_lanes_load(w);

            w += SIDLE_LANES;
            FOR_PLACES(MULTIPLY_DOT)
        }
    }
    FOR_PLACES(KEEP_DOT)
}

/* ---- groups of places */

typedef struct group {
    ptrdiff_t n, image, y, x; /* its places; the next one */
    ptrdiff_t in[PLACES], out[PLACES];
} group;

static void step_on(const sidle_sweep *s, group *g)
{
    if (++g->x < s->places[1])
        return;
    g->x = 0;
    if (++g->y < s->places[0])
        return;
    g->y = 0;
    g->image++;
}

/* The next places, over the ends of rows and images. A group that lacks some
 * repeats its last one. */
static void next_group(const sidle_sweep *s, group *g)
{
    g->n = 0;
    for (ptrdiff_t i = 0; i < PLACES; i++) {
        if (g->image == s->images) {
            g->in[i] = g->in[i - 1];
            continue;
        }
        g->in[i] = g->image * s->in_image + g->y * s->in_step[0] +
                   g->x * s->in_step[1];
        g->out[i] = g->image * s->out_image + g->y * s->out_step[0] +
                    g->x * s->out_step[1];
        g->n++;
        step_on(s, g);
    }
}

static void put_sums(const group *g, ptrdiff_t n, ptrdiff_t width,
                     const sidle_real *sums, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < g->n; i++, sums += width) {
        sidle_real *to = y + g->out[i];

        if (n % SIDLE_LANES == 0)
            for (ptrdiff_t o = 0; o < n; o += SIDLE_LANES)
                sidle_lanes_store(sidle_lanes_load(sums + o), to + o);
        else
            for (ptrdiff_t o = 0; o < n; o++)
                to[o] = sums[o];
    }
}

static void run_kernel(ptrdiff_t width, const shape *s, const ptrdiff_t *at,
                       const sidle_real *x, const sidle_real *w,
                       sidle_real *sums)
{
    if (width == 1)
        one_number(s, at, x, w, sums);
    else if (width == SIDLE_LANES)
        one_vector(s, at, x, w, sums);
    else
        two_vectors(s, at, x, w, sums);
}

void sidle_sweep_run(const sidle_sweep *sweep, const sidle_filter *f,
                     const sidle_real *packed, const sidle_real *x,
                     sidle_real *y)
{
    const shape s = {f->taps[0], f->taps[1] * f->ins, sweep->in_row};
    sidle_real sums[PLACES * MAX_WIDTH];

    for (ptrdiff_t o = 0, width; o < f->outs; o += width) {
        group g = {.n = 0};

        width = width_at(f, o);
        while (g.image < sweep->images) {
            next_group(sweep, &g);
            run_kernel(width, &s, g.in, x, packed, sums);
            put_sums(&g, sidle_smaller(width, f->outs - o), width, sums, y + o);
        }
        packed += width * (1 + numbers_of(f));
    }
}

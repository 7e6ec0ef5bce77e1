/* tile.c - products of tiles, block by block in registers. */
#include "math/tile.h"

#define ROWS SIDLE_TILE_ROWS
#define COLS SIDLE_TILE_COLS
#define MAX_COLS (2 * SIDLE_LANES_BYTES / sizeof(sidle_real))

/* The partial sums have names, not indices: so they stay in registers. */
#if ROWS == 8
#define FOR_ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7)
#else
#define FOR_ROWS(X) X(0) X(1) X(2) X(3) X(4) X(5)
#endif

#define DECLARE(r) sidle_lanes low##r = {0}, high##r = {0};
#define FETCH(r)                                                               \
    low##r = sidle_lanes_load(c + (r)*c_stride);                               \
    high##r = sidle_lanes_load(c + (r)*c_stride + SIDLE_LANES);
#define MULTIPLY(r)                                                            \
    low##r += a[(r)*across] * low;                                             \
    high##r += a[(r)*across] * high;
#define STORE(r)                                                               \
    sidle_lanes_store(low##r, c + (r)*c_stride);                               \
    sidle_lanes_store(high##r, c + (r)*c_stride + SIDLE_LANES);

/* One whole block of c. */
static inline void block(ptrdiff_t k, const sidle_real *a, ptrdiff_t across,
                         ptrdiff_t along, const sidle_real *b,
                         ptrdiff_t b_along, int add, sidle_real *c,
                         ptrdiff_t c_stride)
{
    FOR_ROWS(DECLARE)
    if (add) {
        FOR_ROWS(FETCH)
    }
    for (ptrdiff_t p = 0; p < k; p++, a += along, b += b_along) {
        sidle_lanes low = sidle_lanes_load(b);
        sidle_lanes high = sidle_lanes_load(b + SIDLE_LANES);

        FOR_ROWS(MULTIPLY)
    }
    FOR_ROWS(STORE)
}

/* A block at the edge of c, by way of a whole one: the same sums. */
static void edge(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, const sidle_real *a,
                 const sidle_factor *of_a, const sidle_real *b,
                 ptrdiff_t b_along, int add, sidle_real *c, ptrdiff_t c_stride)
{
    sidle_real whole[ROWS * MAX_COLS] = {0};

    for (ptrdiff_t i = 0; add && i < m; i++)
        memcpy(whole + i * COLS, c + i * c_stride, (size_t)n * sizeof *c);
    block(k, a, of_a->across, of_a->along, b, b_along, 1, whole, COLS);
    for (ptrdiff_t i = 0; i < m; i++)
        memcpy(c + i * c_stride, whole + i * COLS, (size_t)n * sizeof *c);
}

void sidle_tile_product(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, sidle_factor a,
                        sidle_factor b, int add, sidle_real *c,
                        ptrdiff_t c_stride)
{
    for (ptrdiff_t j = 0; j < n; j += COLS, b.at += b.block) {
        const sidle_real *a_at = a.at;

        for (ptrdiff_t i = 0; i < m; i += ROWS, a_at += a.block) {
            sidle_real *out = c + i * c_stride + j;

            if (i + ROWS <= m && j + COLS <= n)
                block(k, a_at, a.across, a.along, b.at, b.along, add, out,
                      c_stride);
            else
                edge(m - i < ROWS ? m - i : ROWS, n - j < COLS ? n - j : COLS,
                     k, a_at, &a, b.at, b.along, add, out, c_stride);
        }
    }
}

static ptrdiff_t round_up(ptrdiff_t n, ptrdiff_t size)
{
    return (n + size - 1) / size * size;
}

ptrdiff_t sidle_tile_rows(ptrdiff_t n)
{
    return round_up(n, ROWS);
}

ptrdiff_t sidle_tile_cols(ptrdiff_t n)
{
    return round_up(n, COLS);
}

sidle_factor sidle_tile_pack(ptrdiff_t n, ptrdiff_t depth, const sidle_real *x,
                             ptrdiff_t stride, sidle_real scale, ptrdiff_t size,
                             sidle_real *out)
{
    const sidle_real *first = out;

    for (ptrdiff_t i = 0; i < n; i += size)
        for (ptrdiff_t p = 0; p < depth; p++)
            for (ptrdiff_t j = i; j < i + size; j++)
                *out++ = j < n ? scale * x[j * stride + p] : 0;
    return (sidle_factor){first, size * depth, 1, size};
}

sidle_factor sidle_tile_copy(ptrdiff_t n, ptrdiff_t width, const sidle_real *x,
                             ptrdiff_t stride, const int32_t *row,
                             sidle_real *out)
{
    ptrdiff_t padded = round_up(width, COLS);

    for (ptrdiff_t i = 0; i < n; i++) {
        memcpy(out + i * padded, x + row[i] * stride,
               (size_t)width * sizeof *out);
        memset(out + i * padded + width, 0,
               (size_t)(padded - width) * sizeof *out);
    }
    return (sidle_factor){out, COLS, 1, padded};
}

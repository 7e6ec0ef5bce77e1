/* tile.h - products of small matrices that are already in the cache.
 *
 * A general matrix product packs its operands at every call; for tiles of
 * attention this costs as much as the product. Here the caller packs the
 * operands once and uses them many times. */
#ifndef SIDLE_MATH_TILE_H
#define SIDLE_MATH_TILE_H

#include "math/lanes.h"

#include <stdint.h>

/* Rows and columns of a block of the product: as many partial sums as the
 * registers hold, and enough to hide the latency of an addition. */
#if defined(__AVX512F__)
#define SIDLE_TILE_ROWS 8
#else
#define SIDLE_TILE_ROWS 6
#endif
#define SIDLE_TILE_COLS (2 * SIDLE_LANES)

/* The place of the factor of a row (or column) i at depth p:
 * at[i / B * block + i % B * across + p * along], B the size of a block.
 * Columns are side by side: `across` is 1 for them. Whole blocks are read. */
typedef struct sidle_factor {
    const sidle_real *at;
    ptrdiff_t block, across, along;
} sidle_factor;

/** n rounded up to whole blocks of rows, or of columns. */
ptrdiff_t sidle_tile_rows(ptrdiff_t n);
ptrdiff_t sidle_tile_cols(ptrdiff_t n);

/** c (m, n) <- (add ? c : 0) + a b over depth k; rows of c are c_stride
 * apart. */
void sidle_tile_product(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k, sidle_factor a,
                        sidle_factor b, int add, sidle_real *c,
                        ptrdiff_t c_stride);

/**
 * Copy x (n, depth), rows `stride` apart, times `scale` into blocks of `size`
 * rows each, depth by depth; the last block is filled up with zeros.
 * Shapes:  out (n rounded up to `size`, depth).
 */
sidle_factor sidle_tile_pack(ptrdiff_t n, ptrdiff_t depth, const sidle_real *x,
                             ptrdiff_t stride, sidle_real scale, ptrdiff_t size,
                             sidle_real *out);
/**
 * Copy n rows of x (.., width) without a change of order: a factor of depth n.
 * Shapes:  row (n) which rows; out (n, sidle_tile_cols(width)), padded with
 *          zeros.
 */
sidle_factor sidle_tile_copy(ptrdiff_t n, ptrdiff_t width, const sidle_real *x,
                             ptrdiff_t stride, const int32_t *row,
                             sidle_real *out);

#endif

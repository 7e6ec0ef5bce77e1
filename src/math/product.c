/* product.c - large products band by band, panel by panel. */
#include "math/product.h"

#include "math/tile.h"

/* A band of a stays in the second-level cache, a panel of b in the first. */
#define BAND 240
#define DEPTH 256
#define MAX_COLS (2 * SIDLE_LANES_BYTES / (ptrdiff_t)sizeof(sidle_real))

static ptrdiff_t least(ptrdiff_t a, ptrdiff_t b)
{
    return a < b ? a : b;
}

/* Copy b (depth, n <= COLS), depth by depth, zeros behind. */
static sidle_factor pack_panel(sidle_mat b, sidle_real *out)
{
    if (b.col_stride != 1)
        return sidle_tile_pack(b.cols, b.rows, b.p, b.col_stride, 1,
                               SIDLE_TILE_COLS, out);
    for (ptrdiff_t p = 0; p < b.rows; p++) {
        sidle_real *row = out + p * SIDLE_TILE_COLS;

        if (b.cols == SIDLE_TILE_COLS)
            memcpy(row, b.p + p * b.row_stride, MAX_COLS * sizeof *row);
        else
            for (ptrdiff_t j = 0; j < SIDLE_TILE_COLS; j++)
                row[j] = j < b.cols ? b.p[p * b.row_stride + j] : 0;
    }
    return (sidle_factor){out, 0, 1, SIDLE_TILE_COLS};
}

/* Copy a (m, depth) whose columns are contiguous: ROWS rows of a depth lie
 * side by side. */
static sidle_factor pack_columns(sidle_mat a, sidle_real *out)
{
    sidle_factor f = {out, SIDLE_TILE_ROWS * a.cols, 1, SIDLE_TILE_ROWS};

    for (ptrdiff_t i = 0; i < a.rows; i += SIDLE_TILE_ROWS) {
        ptrdiff_t n = least(SIDLE_TILE_ROWS, a.rows - i);

        for (ptrdiff_t p = 0; p < a.cols; p++, out += SIDLE_TILE_ROWS) {
            const sidle_real *from = a.p + i + p * a.col_stride;

            if (n == SIDLE_TILE_ROWS)
                memcpy(out, from, SIDLE_TILE_ROWS * sizeof *out);
            else
                for (ptrdiff_t j = 0; j < SIDLE_TILE_ROWS; j++)
                    out[j] = j < n ? from[j] : 0;
        }
    }
    return f;
}

/* All of c for one band of a: c's rows, all columns, one depth. */
static void band(sidle_mat a, sidle_mat b, int add, sidle_mat c)
{
    _Alignas(64) sidle_real panel[DEPTH * MAX_COLS];
    _Alignas(64) sidle_real copy[BAND * DEPTH];
    ptrdiff_t whole = a.rows - a.rows % SIDLE_TILE_ROWS;
    sidle_factor left = {a.p, SIDLE_TILE_ROWS * a.row_stride, a.row_stride, 1};
    sidle_factor rest = left;

    if (a.col_stride != 1) {
        left = pack_columns(a, copy);
        whole = a.rows;
    } else if (whole < a.rows) {
        rest =
            sidle_tile_pack(a.rows - whole, a.cols, a.p + whole * a.row_stride,
                            a.row_stride, 1, SIDLE_TILE_ROWS, copy);
    }
    for (ptrdiff_t j = 0; j < c.cols; j += SIDLE_TILE_COLS) {
        ptrdiff_t n = least(SIDLE_TILE_COLS, c.cols - j);
        sidle_factor right =
            pack_panel(sidle_mat_part(b, 0, j, b.rows, n), panel);

        sidle_tile_product(whole, n, a.cols, left, right, add, c.p + j,
                           c.row_stride);
        if (whole < a.rows)
            sidle_tile_product(a.rows - whole, n, a.cols, rest, right, add,
                               c.p + whole * c.row_stride + j, c.row_stride);
    }
}

void sidle_product(sidle_mat a, sidle_mat b, int add, sidle_mat c)
{
    ptrdiff_t rows = a.col_stride == 1 ? 4 * BAND : BAND;

    for (ptrdiff_t p = 0; p < a.cols; p += DEPTH) {
        ptrdiff_t depth = least(DEPTH, a.cols - p);

        for (ptrdiff_t i = 0; i < a.rows; i += rows) {
            ptrdiff_t m = least(rows, a.rows - i);

            band(sidle_mat_part(a, i, p, m, depth),
                 sidle_mat_part(b, p, 0, depth, b.cols), add || p > 0,
                 sidle_mat_part(c, i, 0, m, c.cols));
        }
    }
}

int sidle_product_is_fast(void)
{
    return SIDLE_LANES_BYTES >= 32;
}

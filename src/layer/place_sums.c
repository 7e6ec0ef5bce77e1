/* place_sums.c - sums over places, a vector of channels at a time. */
#include "layer/place_sums.h"

#include "math/vector.h"

#include <string.h>

/* Places whose sum is carried in the type of the numbers. */
#define CHUNK 32

static void begin(ptrdiff_t n, sidle_real *sum, double *all)
{
    sidle_fill(n, 0, sum);
    memset(all, 0, (size_t)n * sizeof(*all));
}

/* Move the sum of a chunk into that of the row. */
static void flush(ptrdiff_t n, sidle_real *sum, double *all)
{
    for (ptrdiff_t c = 0; c < n; c++) {
        all[c] += (double)sum[c];
        sum[c] = 0;
    }
}

static int ends_chunk(ptrdiff_t place, ptrdiff_t places)
{
    return place % CHUNK == CHUNK - 1 || place == places - 1;
}

void sidle_sum_places(ptrdiff_t places, ptrdiff_t n, const sidle_real *x,
                      sidle_real *work, double *sums)
{
    begin(n, work, sums);
    for (ptrdiff_t p = 0; p < places; p++, x += n) {
        sidle_add(n, x, work);
        if (ends_chunk(p, places))
            flush(n, work, sums);
    }
}

void sidle_sum_squares_of_places(ptrdiff_t places, ptrdiff_t n,
                                 const sidle_real *x, const sidle_real *shift,
                                 sidle_real *work, double *sums)
{
    begin(n, work, sums);
    for (ptrdiff_t p = 0; p < places; p++, x += n) {
        for (ptrdiff_t c = 0; c < n; c++)
            work[c] += (x[c] - shift[c]) * (x[c] - shift[c]);
        if (ends_chunk(p, places))
            flush(n, work, sums);
    }
}

void sidle_sum_gradients_of_places(ptrdiff_t places, ptrdiff_t n,
                                   const sidle_real *x, const sidle_real *shift,
                                   const sidle_real *dy,
                                   const sidle_place_sums *out)
{
    begin(n, out->work, out->dy);
    begin(n, out->work2, out->dyx);
    for (ptrdiff_t p = 0; p < places; p++, x += n, dy += n) {
        for (ptrdiff_t c = 0; c < n; c++) {
            out->work[c] += dy[c];
            out->work2[c] += dy[c] * (x[c] - shift[c]);
        }
        if (ends_chunk(p, places)) {
            flush(n, out->work, out->dy);
            flush(n, out->work2, out->dyx);
        }
    }
}

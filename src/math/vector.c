/* vector.c - exp, sums and maxima over arrays; SLEEF lives here. */
#include "math/vector.h"

#include "math/lanes.h"

#include <float.h>
#include <sleef.h>
#include <stdint.h>
#include <tgmath.h>

/* SLEEF's function for a whole register; its own dispatchers would ask for
 * the processor again at every call. */
#if defined(__AVX512F__) && defined(SIDLE_REAL_DOUBLE)
#define LANES_EXP Sleef_expd8_u10avx512f
#elif defined(__AVX512F__)
#define LANES_EXP Sleef_expf16_u10avx512f
#elif defined(__AVX2__) && defined(SIDLE_REAL_DOUBLE)
#define LANES_EXP Sleef_expd4_u10avx2
#elif defined(__AVX2__)
#define LANES_EXP Sleef_expf8_u10avx2
#elif defined(__SSE2__) && defined(SIDLE_REAL_DOUBLE)
#define LANES_EXP Sleef_expd2_u10sse2
#elif defined(__SSE2__)
#define LANES_EXP Sleef_expf4_u10sse2
#else
#define LANES_EXP one_by_one_exp

static inline sidle_lanes one_by_one_exp(sidle_lanes x)
{
    for (ptrdiff_t i = 0; i < SIDLE_LANES; i++)
        x[i] = exp(x[i]);
    return x;
}
#endif

void sidle_exp_shifted(ptrdiff_t n, const sidle_real *x, sidle_real shift,
                       sidle_real *y)
{
    ptrdiff_t whole = n - n % SIDLE_LANES;

    for (ptrdiff_t i = 0; i < whole; i += SIDLE_LANES)
        sidle_lanes_store(LANES_EXP(sidle_lanes_load(x + i) - shift), y + i);
    if (whole < n) {
        sidle_lanes tail = sidle_lanes_load_part(n - whole, x + whole, shift);

        sidle_lanes_store_part(LANES_EXP(tail - shift), n - whole, y + whole);
    }
}

sidle_real sidle_exp_sum(ptrdiff_t n, const sidle_real *x, sidle_real shift,
                         sidle_real *y)
{
    ptrdiff_t whole = n - n % SIDLE_LANES;
    sidle_lanes sum = {0};

    for (ptrdiff_t i = 0; i < whole; i += SIDLE_LANES) {
        sidle_lanes e = LANES_EXP(sidle_lanes_load(x + i) - shift);

        sum += e;
        sidle_lanes_store(e, y + i);
    }
    if (whole < n) {
        sidle_lanes tail =
            sidle_lanes_load_part(n - whole, x + whole, (sidle_real)-INFINITY);
        sidle_lanes e = LANES_EXP(tail - shift);

        sum += e;
        sidle_lanes_store_part(e, n - whole, y + whole);
    }
    return sidle_lanes_sum(sum);
}

sidle_real sidle_add_up(ptrdiff_t n, const sidle_real *x)
{
    ptrdiff_t whole = n - n % SIDLE_LANES;
    sidle_lanes sum = {0};

    for (ptrdiff_t i = 0; i < whole; i += SIDLE_LANES)
        sum += sidle_lanes_load(x + i);
    if (whole < n)
        sum += sidle_lanes_load_part(n - whole, x + whole, 0);
    return sidle_lanes_sum(sum);
}

/* Many partial results side by side: enough for the widest register, and for
 * the compiler to see independent chains. */
#define CHAINS 32

static inline sidle_real larger(sidle_real a, sidle_real b)
{
    return a > b ? a : b;
}

sidle_real sidle_max(ptrdiff_t n, const sidle_real *x)
{
    sidle_real best[CHAINS];
    ptrdiff_t i = 0;

    for (ptrdiff_t j = 0; j < CHAINS; j++)
        best[j] = (sidle_real)-INFINITY;
    for (; i + CHAINS <= n; i += CHAINS)
        for (ptrdiff_t j = 0; j < CHAINS; j++)
            best[j] = larger(x[i + j], best[j]);
    for (ptrdiff_t j = 0; i < n; i++, j++)
        best[j] = larger(x[i], best[j]);
    for (ptrdiff_t j = 0; j < CHAINS / 4; j++)
        best[j] =
            larger(larger(best[j], best[j + CHAINS / 4]),
                   larger(best[j + CHAINS / 2], best[j + CHAINS * 3 / 4]));
    for (ptrdiff_t j = 1; j < CHAINS / 4; j++)
        best[0] = larger(best[j], best[0]);
    return best[0];
}

ptrdiff_t sidle_find(ptrdiff_t n, sidle_real value, const sidle_real *x)
{
    ptrdiff_t i = 0;

    for (; i + CHAINS <= n; i += CHAINS) {
        int n_found = 0;

        for (ptrdiff_t j = 0; j < CHAINS; j++)
            n_found += x[i + j] == value;
        if (n_found)
            break;
    }
    while (i < n && x[i] != value)
        i++;
    return i;
}

double sidle_dot(ptrdiff_t n, const sidle_real *x, const sidle_real *y)
{
    double part[CHAINS] = {0.0};
    ptrdiff_t i = 0;

    for (; i + CHAINS <= n; i += CHAINS)
        for (ptrdiff_t j = 0; j < CHAINS; j++)
            part[j] += (double)x[i + j] * (double)y[i + j];
    for (ptrdiff_t j = 0; i < n; i++, j++)
        part[j] += (double)x[i] * (double)y[i];
    for (ptrdiff_t j = 0; j < CHAINS / 4; j++)
        part[j] = (part[j] + part[j + CHAINS / 4]) +
                  (part[j + CHAINS / 2] + part[j + CHAINS * 3 / 4]);
    for (ptrdiff_t j = 1; j < CHAINS / 4; j++)
        part[0] += part[j];
    return part[0];
}

double sidle_sum_squares(ptrdiff_t n, const sidle_real *x)
{
    return sidle_dot(n, x, x);
}

int sidle_all_finite(ptrdiff_t n, const sidle_real *x)
{
    int n_bad = 0;

    for (ptrdiff_t i = 0; i < n; i++)
        n_bad |= x[i] - x[i] != 0;
    return !n_bad;
}

void sidle_fill(ptrdiff_t n, sidle_real value, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] = value;
}

void sidle_scale(ptrdiff_t n, sidle_real a, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] *= a;
}

void sidle_add(ptrdiff_t n, const sidle_real *x, sidle_real *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] += x[i];
}

void sidle_add_scaled(ptrdiff_t n, sidle_real a, const sidle_real *x,
                      sidle_real *y)
{
    for (ptrdiff_t i = 0; i < n; i++)
        y[i] += a * x[i];
}

void sidle_add_rows(ptrdiff_t rows, ptrdiff_t cols, const sidle_real *bias,
                    sidle_real *y)
{
    for (ptrdiff_t r = 0; r < rows; r++)
        sidle_add(cols, bias, y + r * cols);
}

/* The partial sums of so many columns stay in the first-level cache while the
 * rows go by. */
#define COLUMNS 512

void sidle_add_column_sums(ptrdiff_t rows, ptrdiff_t cols, const sidle_real *x,
                           sidle_real *sums)
{
    for (ptrdiff_t c = 0; c < cols; c += COLUMNS) {
        ptrdiff_t n = cols - c < COLUMNS ? cols - c : COLUMNS, r = 0;
        double part[COLUMNS] = {0.0};

        for (; r + 4 <= rows; r += 4) {
            const sidle_real *row = x + r * cols + c;

            for (ptrdiff_t j = 0; j < n; j++)
                part[j] +=
                    ((double)row[j] + (double)row[j + cols]) +
                    ((double)row[j + 2 * cols] + (double)row[j + 3 * cols]);
        }
        for (; r < rows; r++)
            for (ptrdiff_t j = 0; j < n; j++)
                part[j] += (double)x[r * cols + c + j];
        for (ptrdiff_t j = 0; j < n; j++)
            sums[c + j] = (sidle_real)((double)sums[c + j] + part[j]);
    }
}

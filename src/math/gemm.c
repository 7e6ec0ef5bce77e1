/* gemm.c - matrix products by BLIS; the one file that knows it. */
#include "math/gemm.h"

#include "base/status.h"
#include "math/lanes.h"
#include "math/vector.h"

#include <blis.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#ifdef SIDLE_REAL_DOUBLE
#define BLIS_GEMM bli_dgemm
#else
#define BLIS_GEMM bli_sgemm
#endif

#if defined(__x86_64__)
/* BLIS knows processors by their family. On one that is newer than itself it
 * falls back to plain C, which is three to five times slower, although kernels
 * for the processor's instructions are there. -1: leave the choice to BLIS. */
static int kernels_by_instructions(void)
{
    __builtin_cpu_init();
    if (__builtin_cpu_is("intel") || __builtin_cpu_is("amdfam15h") ||
        __builtin_cpu_is("amdfam17h") || __builtin_cpu_is("amdfam19h"))
        return -1;
    if (__builtin_cpu_supports("avx512f") &&
        __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl"))
        return BLIS_ARCH_SKX;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        return BLIS_ARCH_HASWELL;
    return -1;
}
#else
static int kernels_by_instructions(void)
{
    return -1;
}
#endif

/* The environment is the only way in, and what the user put there wins. */
static void choose_kernels(void)
{
    int choice = kernels_by_instructions();
    char number[16];

    if (choice >= 0) {
        snprintf(number, sizeof number, "%d", choice);
        setenv("BLIS_ARCH_TYPE", number, 0);
    }
    bli_init();
}

static void begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, choose_kernels);
}

const char *sidle_gemm_kernels(void)
{
    begin();
    return bli_arch_string(bli_arch_query_id());
}

int sidle_gemm_threads(void)
{
    begin();
    return bli_info_get_enable_threading() && bli_thread_get_num_threads() > 1
               ? (int)bli_thread_get_num_threads()
               : 1;
}

const char *sidle_gemm_version(void)
{
    return bli_info_get_version_str();
}

/* Views carry no const: BLIS, too, takes its inputs without. */
static sidle_real *unconst(const sidle_real *p)
{
    union {
        const sidle_real *in;
        sidle_real *out;
    } pointer = {p};

    return pointer.out;
}

sidle_mat sidle_mat_of(const sidle_real *p, ptrdiff_t rows, ptrdiff_t cols)
{
    return sidle_mat_strided(p, rows, cols, cols);
}

sidle_mat sidle_mat_strided(const sidle_real *p, ptrdiff_t rows, ptrdiff_t cols,
                            ptrdiff_t row_stride)
{
    return (sidle_mat){unconst(p), rows, cols, row_stride, 1};
}

sidle_mat sidle_mat_t(sidle_mat a)
{
    return (sidle_mat){a.p, a.cols, a.rows, a.col_stride, a.row_stride};
}

void sidle_gemm(sidle_real alpha, sidle_mat a, sidle_mat b, sidle_real beta,
                sidle_mat c)
{
    SIDLE_CHECK(a.rows == c.rows && b.cols == c.cols && a.cols == b.rows,
                "matrix product of (%td, %td) and (%td, %td) into (%td, %td)",
                a.rows, a.cols, b.rows, b.cols, c.rows, c.cols);
    begin();
    BLIS_GEMM(BLIS_NO_TRANSPOSE, BLIS_NO_TRANSPOSE, c.rows, c.cols, a.cols,
              &alpha, a.p, a.row_stride, a.col_stride, b.p, b.row_stride,
              b.col_stride, &beta, c.p, c.row_stride, c.col_stride);
}

/* Dot products of x (n) with up to four rows of w: four chains of additions,
 * where one would wait for itself. */
static void dots(ptrdiff_t n, const sidle_real *x, const sidle_real *w,
                 ptrdiff_t count, sidle_real *y)
{
    const sidle_real *w1 = w + (count > 1 ? n : 0);
    const sidle_real *w2 = w + (count > 2 ? 2 * n : 0);
    const sidle_real *w3 = w + (count > 3 ? 3 * n : 0);
    sidle_lanes s0 = {0}, s1 = {0}, s2 = {0}, s3 = {0};
    ptrdiff_t i = 0;
    sidle_real sum[4];

    for (; i + SIDLE_LANES <= n; i += SIDLE_LANES) {
        sidle_lanes at = sidle_lanes_load(x + i);

        s0 += at * sidle_lanes_load(w + i);
        s1 += at * sidle_lanes_load(w1 + i);
        s2 += at * sidle_lanes_load(w2 + i);
        s3 += at * sidle_lanes_load(w3 + i);
    }
    sum[0] = sidle_lanes_sum(s0);
    sum[1] = sidle_lanes_sum(s1);
    sum[2] = sidle_lanes_sum(s2);
    sum[3] = sidle_lanes_sum(s3);
    for (; i < n; i++) {
        sum[0] += x[i] * w[i];
        sum[1] += x[i] * w1[i];
        sum[2] += x[i] * w2[i];
        sum[3] += x[i] * w3[i];
    }
    memcpy(y, sum, (size_t)count * sizeof *y);
}

/* A sampler brings one row at a time: then the weights are read once, and a
 * general product would only copy them about. */
#define FEW_ROWS 8

static void linear_of_few_rows(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                               const sidle_real *x, const sidle_real *w,
                               sidle_real *y)
{
    for (ptrdiff_t o = 0; o < out; o += 4)
        for (ptrdiff_t r = 0; r < rows; r++)
            dots(in, x + r * in, w + o * in, out - o < 4 ? out - o : 4,
                 y + r * out + o);
}

void sidle_linear(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                  const sidle_real *x, const sidle_real *w,
                  const sidle_real *bias, sidle_real *y)
{
    if (rows <= FEW_ROWS)
        linear_of_few_rows(rows, in, out, x, w, y);
    else
        sidle_gemm(1, sidle_mat_of(x, rows, in),
                   sidle_mat_t(sidle_mat_of(w, out, in)), 0,
                   sidle_mat_of(y, rows, out));
    if (bias != NULL)
        sidle_add_rows(rows, out, bias, y);
}

void sidle_linear_input_grad(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                             const sidle_real *dy, const sidle_real *w,
                             sidle_real beta, sidle_real *dx)
{
    sidle_gemm(1, sidle_mat_of(dy, rows, out), sidle_mat_of(w, out, in), beta,
               sidle_mat_of(dx, rows, in));
}

void sidle_linear_weight_grad(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out,
                              const sidle_real *x, const sidle_real *dy,
                              sidle_real *dw, sidle_real *db)
{
    sidle_gemm(1, sidle_mat_t(sidle_mat_of(dy, rows, out)),
               sidle_mat_of(x, rows, in), 1, sidle_mat_of(dw, out, in));
    if (db != NULL)
        sidle_add_column_sums(rows, out, dy, db);
}

/* test_gemm.c - matrix products over strides against three plain loops. */
#include "check.h"

#include "math/gemm.h"

#include <stdlib.h>
#include <string.h>

static sidle_mat part_of(sidle_mat a, ptrdiff_t row, ptrdiff_t col,
                         ptrdiff_t rows, ptrdiff_t cols)
{
    return (sidle_mat){a.p + row * a.row_stride + col * a.col_stride, rows,
                       cols, a.row_stride, a.col_stride};
}

#define ROOM 4096

static double at(sidle_mat a, ptrdiff_t i, ptrdiff_t j)
{
    return (double)a.p[i * a.row_stride + j * a.col_stride];
}

/* What c (rows, cols), dense, should become. */
static void plain_gemm(double alpha, sidle_mat a, sidle_mat b, double beta,
                       sidle_mat c, double *out)
{
    for (ptrdiff_t i = 0; i < c.rows; i++)
        for (ptrdiff_t j = 0; j < c.cols; j++) {
            double sum = 0.0;

            for (ptrdiff_t k = 0; k < a.cols; k++)
                sum += at(a, i, k) * at(b, k, j);
            out[i * c.cols + j] =
                alpha * sum + (beta == 0.0 ? 0.0 : beta * at(c, i, j));
        }
}

static void check_product(sidle_real alpha, sidle_mat a, sidle_mat b,
                          sidle_real beta, sidle_mat c)
{
    static double expected[ROOM];
    static sidle_real got[ROOM];

    plain_gemm((double)alpha, a, b, (double)beta, c, expected);
    sidle_gemm(alpha, a, b, beta, c);
    for (ptrdiff_t i = 0; i < c.rows; i++)
        for (ptrdiff_t j = 0; j < c.cols; j++)
            got[i * c.cols + j] = (sidle_real)at(c, i, j);
    check_close("product", c.rows * c.cols, got, expected, 1e-5);
}

TEST(products_of_odd_shapes_and_transposes)
{
    static const ptrdiff_t shapes[][3] = {{1, 1, 1},   {3, 5, 7},   {17, 33, 9},
                                          {1, 40, 61}, {50, 1, 13}, {5, 4, 0}};
    sidle_real x[ROOM], y[ROOM], z[ROOM];

    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++) {
        ptrdiff_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];

        check_random(s, "a", ROOM, x);
        check_random(s, "b", ROOM, y);
        check_random(s, "c", ROOM, z);
        check_product(1, sidle_mat_of(x, m, k), sidle_mat_of(y, k, n), 0,
                      sidle_mat_of(z, m, n));
        check_product((sidle_real)0.5, sidle_mat_t(sidle_mat_of(x, k, m)),
                      sidle_mat_t(sidle_mat_of(y, n, k)), 1,
                      sidle_mat_of(z, m, n));
        check_product(
            -2, sidle_mat_strided(x, m, k, k + 3),
            part_of(sidle_mat_strided(y, k + 2, n + 3, n + 4), 1, 2, k, n),
            (sidle_real)0.25, sidle_mat_t(sidle_mat_strided(z, n, m, m + 1)));
    }
}

TEST(beta_zero_writes_without_reading)
{
    sidle_real a[1200], b[1200], c[3600];

    check_random(1, "a", 1200, a);
    check_random(1, "b", 1200, b);
    for (ptrdiff_t m = 1; m <= 60; m += 59)
        for (ptrdiff_t k = 0; k <= 20; k += 5) {
            for (int i = 0; i < 3600; i++)
                c[i] = (sidle_real)NAN;
            check_product(1, sidle_mat_of(a, m, k), sidle_mat_of(b, k, 60), 0,
                          sidle_mat_of(c, m, 60));
        }
}

TEST(only_the_view_is_written)
{
    sidle_real a[64], b[64], c[100];

    check_random(2, "a", 64, a);
    check_random(2, "b", 64, b);
    memset(c, 0, sizeof c);
    sidle_gemm(1, sidle_mat_of(a, 8, 8), sidle_mat_of(b, 8, 8), 0,
               part_of(sidle_mat_of(c, 10, 10), 1, 1, 8, 8));
    for (int i = 0; i < 10; i++) {
        assert_true(c[i] == 0 && c[90 + i] == 0);
        assert_true(c[10 * i] == 0 && c[10 * i + 9] == 0);
    }
}

static void check_linear(ptrdiff_t rows, ptrdiff_t in, ptrdiff_t out)
{
    sidle_real x[ROOM], w[ROOM], y[ROOM], dw[ROOM], bias[64], db[64];
    double expected[ROOM], expected_db[64];
    sidle_mat xm = {x, rows, in, in, 1}, ym = {y, rows, out, out, 1};
    sidle_mat wm = {w, out, in, in, 1}, dwm = {dw, out, in, in, 1};

    check_random(3, "x", ROOM, x);
    check_random(3, "w", ROOM, w);
    check_random(3, "bias", 64, bias);
    plain_gemm(1.0, xm, sidle_mat_t(wm), 0.0, ym, expected);
    sidle_linear(rows, in, out, x, w, NULL, y);
    check_close("linear", rows * out, y, expected, 1e-5);
    for (ptrdiff_t i = 0; i < rows * out; i++)
        expected[i] += (double)bias[i % out];
    sidle_linear(rows, in, out, x, w, bias, y);
    check_close("linear with bias", rows * out, y, expected, 1e-5);

    plain_gemm(1.0, ym, wm, 0.5, xm, expected);
    check_random(3, "dw", ROOM, dw);
    for (ptrdiff_t o = 0; o < out; o++) {
        expected_db[o] = (double)bias[o];
        for (ptrdiff_t r = 0; r < rows; r++)
            expected_db[o] += at(ym, r, o);
        db[o] = bias[o];
    }
    sidle_linear_input_grad(rows, in, out, y, w, (sidle_real)0.5, x);
    check_close("input gradient", rows * in, x, expected, 1e-5);

    plain_gemm(1.0, sidle_mat_t(ym), xm, 1.0, dwm, expected);
    sidle_linear_weight_grad(rows, in, out, x, y, dw, db);
    check_close("weight gradient", out * in, dw, expected, 1e-5);
    check_close("bias gradient", out, db, expected_db, 1e-5);
    sidle_linear_weight_grad(rows, in, out, x, y, dw, NULL);
}

TEST(a_linear_map_and_its_gradients)
{
    check_linear(7, 13, 5);
    check_linear(1, 60, 33);
    check_linear(33, 1, 17);
    check_linear(8, 67, 31);
    check_linear(9, 64, 12);
    check_linear(2, 16, 3);
    check_linear(60, 31, 64);
}

TEST(the_kernels_have_a_name)
{
    assert_true(strlen(sidle_gemm_kernels()) > 0);
    assert_true(strchr(sidle_gemm_version(), '.') != NULL);
#if defined(__x86_64__)
    /* plain C is never the best that such a processor can do */
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && !getenv("BLIS_ARCH_TYPE"))
        assert_string_not_equal(sidle_gemm_kernels(), "generic");
#endif
}

TEST_MAIN

/* test_product.c - large products against plain loops, and their order. */
#include "check.h"

#include "math/product.h"

#include <string.h>

enum { ROOM = 400000 };
static sidle_real x[ROOM], w[ROOM], y[ROOM], z[ROOM];
static double want[ROOM];

static double at(sidle_mat a, ptrdiff_t i, ptrdiff_t j)
{
    return (double)a.p[i * a.row_stride + j * a.col_stride];
}

static void check_product(sidle_mat a, sidle_mat b, int add, sidle_mat c)
{
    ptrdiff_t n = c.cols;
    sidle_mat dense = sidle_mat_of(z, c.rows, n);

    for (ptrdiff_t i = 0; i < c.rows; i++)
        for (ptrdiff_t j = 0; j < n; j++) {
            double sum = add ? at(c, i, j) : 0.0;

            for (ptrdiff_t p = 0; p < a.cols; p++)
                sum += at(a, i, p) * at(b, p, j);
            want[i * n + j] = sum;
        }
    sidle_product(a, b, add, c);
    for (ptrdiff_t i = 0; i < c.rows; i++)
        for (ptrdiff_t j = 0; j < n; j++)
            dense.p[i * n + j] = (sidle_real)at(c, i, j);
    check_close("product", c.rows * n, z, want, 2e-5);
}

static void check_shape(ptrdiff_t m, ptrdiff_t n, ptrdiff_t k)
{
    check_random((uint64_t)m, "a", ROOM, x);
    check_random((uint64_t)n, "b", ROOM, w);
    check_random((uint64_t)k, "c", ROOM, y);
    check_product(sidle_mat_of(x, m, k), sidle_mat_of(w, k, n), 1,
                  sidle_mat_strided(y, m, n, n + 5));
    check_product(sidle_mat_t(sidle_mat_of(x, k, m)),
                  sidle_mat_t(sidle_mat_of(w, n, k)), 1, sidle_mat_of(y, m, n));
    for (ptrdiff_t i = 0; i < m * n; i++)
        y[i] = (sidle_real)NAN;
    check_product(sidle_mat_strided(x, m, k, k + 2),
                  sidle_mat_t(sidle_mat_strided(w, n, k, k + 1)), 0,
                  sidle_mat_of(y, m, n));
    check_product(sidle_mat_t(sidle_mat_strided(x, k, m, m + 3)),
                  sidle_mat_of(w, k, n), 0, sidle_mat_of(y, m, n));
}

static void test_products_of_many_shapes(void **state)
{
    (void)state;
    check_shape(1, 1, 1);
    check_shape(8, 32, 256);
    check_shape(7, 31, 257);
    check_shape(1001, 5, 30);
    check_shape(3, 259, 600);
    check_shape(245, 67, 530);
}

static void test_nothing_beside_c_is_written(void **state)
{
    (void)state;
    check_random(1, "a", ROOM, x);
    memset(y, 0, sizeof y);
    sidle_product(sidle_mat_of(x, 50, 40), sidle_mat_of(x + 2000, 40, 37), 0,
                  sidle_mat_strided(y + 100, 50, 37, 41));
    for (int i = 0; i < 100 + 50 * 41 + 100; i++)
        if (i < 100 || (i - 100) % 41 >= 37 || i >= 100 + 50 * 41)
            assert_true(y[i] == 0);
}

static void test_a_row_does_not_know_how_many_rows_there_are(void **state)
{
    enum { M = 300, K = 700, N = 45 };

    (void)state;
    check_random(2, "a", ROOM, x);
    check_random(2, "b", ROOM, w);
    memset(y, 0, sizeof y);
    sidle_product(sidle_mat_of(x, M, K), sidle_mat_of(w, K, N), 1,
                  sidle_mat_of(y, M, N));
    for (ptrdiff_t from = 0; from < M; from += 13)
        for (ptrdiff_t n = 1; n <= 18 && from + n <= M; n += 8) {
            memset(z, 0, sizeof z);
            sidle_product(sidle_mat_of(x + from * K, n, K),
                          sidle_mat_of(w, K, N), 0, sidle_mat_of(z, n, N));
            assert_memory_equal(z, y + from * N, (size_t)(n * N) * sizeof *z);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_products_of_many_shapes),
        cmocka_unit_test(test_nothing_beside_c_is_written),
        cmocka_unit_test(test_a_row_does_not_know_how_many_rows_there_are),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

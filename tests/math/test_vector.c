/* test_vector.c - array functions against the C library, and their order. */
#include "check.h"

#include "math/vector.h"

#include <string.h>

#define N 1100

static const ptrdiff_t lengths[] = {0, 1, 3, 15, 16, 17, 31, 64, 100, 513, N};
#define N_LENGTHS (sizeof lengths / sizeof *lengths)

TEST(exp_is_that_of_the_library)
{
    sidle_real x[N], y[N], e[N], sum;
    double expected[N], expected_sum;

    check_random(1, "x", N, x);
    for (size_t s = 0; s < N_LENGTHS; s++) {
        ptrdiff_t n = lengths[s];

        expected_sum = 0.0;
        for (ptrdiff_t i = 0; i < n; i++) {
            x[i] *= 3;
            expected[i] = exp((double)x[i] - 0.75);
            expected_sum += expected[i];
        }
        sidle_exp_shifted(n, x, (sidle_real)0.75, y);
        check_close("exp", n, y, expected, 4e-7);
        sum = sidle_exp_sum(n, x, (sidle_real)0.75, e);
        check_close("exp of the sum", n, e, expected, 4e-7);
        check_close("sum", 1, &sum, &expected_sum, 1e-6);
        for (ptrdiff_t i = 0; i < n; i++)
            x[i] /= 3;
    }
}

TEST(exp_of_the_extremes)
{
    sidle_real x[3] = {(sidle_real)-INFINITY, -2000, 0}, y[3];

    assert_true(sidle_exp_sum(3, x, 0, y) == 1);
    assert_true(y[0] == 0 && y[1] == 0 && y[2] == 1);
    x[1] = (sidle_real)NAN;
    assert_true(isnan(sidle_exp_sum(3, x, 0, y)));
    assert_true(isnan(y[1]) && y[2] == 1);
}

/* The same numbers from every place of an array, in arrays of every length. */
TEST(the_bits_of_an_element_do_not_depend_on_its_place)
{
    sidle_real x[200], all[200], part[200];

    check_random(2, "x", 200, x);
    for (int kind = 0; kind < 2; kind++) {
        for (ptrdiff_t from = 0; from < 40; from++)
            for (ptrdiff_t n = 1; from + n <= 200; n += 7) {
                if (kind == 0) {
                    sidle_exp_shifted(200, x, (sidle_real)0.3, all);
                    sidle_exp_shifted(n, x + from, (sidle_real)0.3, part);
                } else {
                    sidle_exp_shifted(200, x, (sidle_real)0.3, all);
                    sidle_exp_sum(n, x + from, (sidle_real)0.3, part);
                }
                assert_memory_equal(part, all + from, (size_t)n * sizeof *part);
            }
    }
}

TEST(in_place_is_the_same)
{
    sidle_real x[100], y[100];

    check_random(3, "x", 100, x);
    sidle_exp_shifted(100, x, 1, y);
    sidle_exp_shifted(100, x, 1, x);
    assert_memory_equal(x, y, sizeof x);
}

TEST(reductions)
{
    sidle_real x[N], y[N];

    check_random(4, "x", N, x);
    check_random(4, "y", N, y);
    for (size_t s = 0; s < N_LENGTHS; s++) {
        ptrdiff_t n = lengths[s];
        double largest = -HUGE_VAL, sum = 0.0, dot = 0.0, squares = 0.0;

        for (ptrdiff_t i = 0; i < n; i++) {
            largest = fmax(largest, (double)x[i]);
            sum += (double)x[i];
            dot += (double)x[i] * (double)y[i];
            squares += (double)x[i] * (double)x[i];
        }
        assert_true((double)sidle_max(n, x) == largest);
        assert_true(fabs((double)sidle_add_up(n, x) - sum) < 1e-6 * N);
        assert_true(fabs(sidle_dot(n, x, y) - dot) < 1e-12 * N);
        assert_true(fabs(sidle_sum_squares(n, x) - squares) < 1e-12 * N);
        assert_true(sidle_all_finite(n, x));
    }
}

TEST(one_bad_number_is_found_anywhere)
{
    static const double bad[] = {(double)NAN, HUGE_VAL, -HUGE_VAL};
    sidle_real x[70];

    check_random(5, "x", 70, x);
    for (int i = 0; i < 70; i++)
        for (int k = 0; k < 3; k++) {
            sidle_real kept = x[i];

            x[i] = (sidle_real)bad[k];
            assert_false(sidle_all_finite(70, x));
            x[i] = kept;
        }
    assert_true(sidle_all_finite(70, x));
}

TEST(element_by_element)
{
    sidle_real x[N], y[N];
    double expected[N];

    check_random(6, "x", N, x);
    sidle_fill(N, 2, y);
    sidle_scale(N - 1, (sidle_real)0.5, y);
    sidle_add(N - 1, x, y);
    sidle_add_scaled(N - 1, 3, x, y);
    for (int i = 0; i < N; i++)
        expected[i] = i < N - 1 ? 1.0 + 4.0 * (double)x[i] : 2.0;
    check_close("element by element", N, y, expected, 1e-6);
}

static void check_rows_and_columns(ptrdiff_t rows, ptrdiff_t cols)
{
    static sidle_real x[20000], y[20000], sums[2000];
    static double expected[20000], expected_sums[2000];

    check_random(7, "x", rows * cols, x);
    check_random(8, "sums", cols, sums);
    for (ptrdiff_t c = 0; c < cols; c++)
        expected_sums[c] = (double)sums[c];
    for (ptrdiff_t i = 0; i < rows * cols; i++) {
        y[i] = x[i];
        expected[i] = (double)x[i] + (double)sums[i % cols];
        expected_sums[i % cols] += (double)x[i];
    }
    sidle_add_rows(rows, cols, sums, y);
    check_close("rows", rows * cols, y, expected, 1e-6);
    sidle_add_column_sums(rows, cols, x, sums);
    check_close("column sums", cols, sums, expected_sums, 1e-6);
}

TEST(bias_rows_and_column_sums)
{
    check_rows_and_columns(1, 1);
    check_rows_and_columns(7, 3);
    check_rows_and_columns(19, 1000);
    check_rows_and_columns(10, 1999);
    check_rows_and_columns(300, 65);
    check_rows_and_columns(0, 5);
}

/* In float alone the ones would be lost beside 2^24. */
TEST(column_sums_are_carried_in_double)
{
    sidle_real x[9], sum = 0;

    x[0] = 0x1p25f;
    x[8] = -0x1p25f;
    for (int i = 1; i < 8; i++)
        x[i] = 1;
    sidle_add_column_sums(9, 1, x, &sum);
    assert_true(sum == 7);
}

TEST_MAIN

/* test_activation.c - functions and their slopes; dropout draws and scales. */
#include "check.h"

#include "math/activation.h"

#include <stdlib.h>
#include <string.h>

#define N 1000

static double plain(sidle_activation kind, double x)
{
    double tanh_in =
        sqrt(2.0 / 3.14159265358979323846) * (x + 0.044715 * x * x * x);

    if (kind == SIDLE_SQ_RELU)
        return x > 0.0 ? x * x : 0.0;
    if (kind == SIDLE_RELU)
        return x > 0.0 ? x : 0.0;
    if (kind == SIDLE_TANH)
        return tanh(x);
    return 0.5 * x * (1.0 + tanh(tanh_in));
}

static double plain_slope(sidle_activation kind, double x)
{
    const double h = 1e-5;

    return (plain(kind, x + h) - plain(kind, x - h)) / (2.0 * h);
}

static void check_kind(sidle_activation kind, ptrdiff_t n)
{
    sidle_real x[N], y[N], dy[N], dx[N];
    double expected[N], slope[N];

    check_random((uint64_t)n, "x", n, x);
    check_random((uint64_t)n, "dy", n, dy);
    for (ptrdiff_t i = 0; i < n; i++) {
        x[i] *= 5;
        expected[i] = plain(kind, (double)x[i]);
        slope[i] = plain_slope(kind, (double)x[i]) * (double)dy[i];
    }
    sidle_activate(kind, n, x, y);
    check_close("y", n, y, expected, 1e-6);
    sidle_activate_grad(kind, n, x, dy, dx);
    check_close("dx", n, dx, slope, 1e-5);
    sidle_activate_grad(kind, n, x, dy, dy);
    assert_memory_equal(dx, dy, (size_t)n * sizeof *dx);
    sidle_activate(kind, n, x, x);
    assert_memory_equal(x, y, (size_t)n * sizeof *x);
}

TEST(values_and_slopes)
{
    static const ptrdiff_t lengths[] = {1, 7, 16, 255, 256, 257, N};

    for (int i = 0; i < 7; i++) {
        check_kind(SIDLE_SQ_RELU, lengths[i]);
        check_kind(SIDLE_GELU, lengths[i]);
        check_kind(SIDLE_RELU, lengths[i]);
        check_kind(SIDLE_TANH, lengths[i]);
    }
}

TEST(gelu_far_from_zero)
{
    sidle_real x[4] = {-1000, -30, 30, 1000}, y[4], dx[4], ones[4];

    for (int i = 0; i < 4; i++)
        ones[i] = 1;
    sidle_activate(SIDLE_GELU, 4, x, y);
    sidle_activate_grad(SIDLE_GELU, 4, x, ones, dx);
    assert_true(y[0] == 0 && y[1] == 0 && y[2] == 30 && y[3] == 1000);
    assert_true(dx[0] == 0 && dx[1] == 0 && dx[2] == 1 && dx[3] == 1);
}

TEST(dropout_keeps_and_scales)
{
    static sidle_real x[100000], y[100000];
    sidle_rng rng = {4, sidle_rng_stream("dropout", 1)};
    int kept = 0;

    check_random(9, "x", 100000, x);
    sidle_dropout(rng, 0, 0.3, 100000, x, y);
    for (int i = 0; i < 100000; i++) {
        if (y[i] == 0)
            continue;
        kept++;
        assert_true(fabs((double)y[i] - (double)x[i] / 0.7) < 1e-6);
    }
    /* 5 standard deviations */
    assert_true(abs(kept - 70000) < 5 * 145);
}

/* The backward of dropout is the forward on the gradient; any part of an array
 * gets the draws of its place. */
TEST(the_mask_is_a_function_of_the_place)
{
    sidle_real ones[N], mask[N], part[N], dx[N], dy[N];
    sidle_rng rng = {8, 15};

    for (int i = 0; i < N; i++)
        ones[i] = 1;
    check_random(10, "dy", N, dy);
    sidle_dropout(rng, 400, 0.5, N, ones, mask);
    sidle_dropout(rng, 400, 0.5, N, dy, dx);
    for (int i = 0; i < N; i++)
        assert_true(dx[i] == dy[i] * mask[i]);
    sidle_dropout(rng, 400, 0.5, N, dy, dy);
    assert_memory_equal(dx, dy, sizeof dx);
    for (int from = 0; from < N; from += 36) {
        sidle_dropout(rng, 400 + (uint64_t)from, 0.5, N - from, ones, part);
        assert_memory_equal(part, mask + from,
                            (size_t)(N - from) * sizeof *part);
    }
    rng.seed++;
    sidle_dropout(rng, 400, 0.5, N, ones, part);
    assert_memory_not_equal(part, mask, sizeof part);
}

TEST(no_dropout_copies)
{
    sidle_real x[9], y[9];
    sidle_rng rng = {1, 1};

    check_random(11, "x", 9, x);
    sidle_dropout(rng, 0, 0.0, 9, x, y);
    assert_memory_equal(x, y, sizeof x);
    sidle_dropout(rng, 0, 0.0, 9, x, x);
    assert_memory_equal(x, y, sizeof x);
}

TEST(dropped_keys_are_those_of_dropout)
{
    sidle_real ones[N], mask[N];
    uint8_t keep[N];
    sidle_rng rng = {21, 2};

    for (int i = 0; i < N; i++)
        ones[i] = 1;
    sidle_dropout(rng, 12, 0.6, N - 1, ones, mask);
    sidle_dropout_keys(rng, 12, 0.6, N - 1, keep);
    for (int i = 0; i < N - 1; i++)
        assert_int_equal(keep[i], mask[i] != 0);
    sidle_dropout_keys(rng, 0, 0.0, N, keep);
    for (int i = 0; i < N; i++)
        assert_int_equal(keep[i], 1);
    sidle_dropout_keys(rng, 0, 1.0, N, keep);
    for (int i = 0; i < N; i++)
        assert_int_equal(keep[i], 0);
}

TEST_MAIN

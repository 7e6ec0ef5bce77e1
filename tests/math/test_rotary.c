/* test_rotary.c - frequencies, the turn by formula, and its inverse. */
#include "check.h"

#include "math/rotary.h"

#include <string.h>

TEST(frequencies_include_the_end_point)
{
    static const double eight[] = {1.0, 0.3149803, 0.0992126, 0.03125};
    sidle_rotary rotary;

    assert_int_equal(sidle_rotary_init(&rotary, 16, 0.5, 32.0, 4), SIDLE_OK);
    assert_int_equal(rotary.n_bands, 4);
    for (int i = 0; i < 4; i++)
        assert_true(fabs(rotary.frequency[i] - eight[i]) < 1e-7);
    sidle_rotary_done(&rotary);
    assert_int_equal(sidle_rotary_init(&rotary, 32, 1.0, 1024.0, 0), SIDLE_OK);
    assert_int_equal(rotary.n_bands, 16);
    assert_true(fabs(rotary.frequency[1] - 0.6299605) < 1e-7);
    assert_true(fabs(rotary.frequency[15] - 1.0 / 1024.0) < 1e-12);
    sidle_rotary_done(&rotary);
    assert_int_equal(sidle_rotary_init(&rotary, 5, 0.5, 9.0, 0), SIDLE_OK);
    assert_int_equal(rotary.n_bands, 1);
    assert_true(rotary.frequency[0] == 1.0);
    sidle_rotary_done(&rotary);
}

enum { ROWS = 7, HEADS = 3, WIDTH = 11, STRIDE = HEADS * WIDTH + 5 };

static const int64_t position[ROWS] = {0, 1, 5, 19, 20, 1000, 70000};

/* 2 floor(11 * 0.8 / 2) = 8 channels of each head turn, 3 do not. */
static void plain_turn(const sidle_real *x, double *y)
{
    for (int i = 0; i < ROWS * STRIDE; i++)
        y[i] = (double)x[i];
    for (int r = 0; r < ROWS; r++)
        for (int h = 0; h < HEADS; h++)
            for (int i = 0; i < 4; i++) {
                double t = (double)position[r] * pow(64.0, -i / 3.0);
                int at = r * STRIDE + h * WIDTH + 2 * i;
                double a = (double)x[at], b = (double)x[at + 1];

                y[at] = a * cos(t) - b * sin(t);
                y[at + 1] = b * cos(t) + a * sin(t);
            }
}

TEST(the_turn_and_its_inverse)
{
    sidle_real x[ROWS * STRIDE];
    double turned[ROWS * STRIDE], before[ROWS * STRIDE];
    sidle_rotary rotary;

    check_random(1, "x", ROWS * STRIDE, x);
    for (int i = 0; i < ROWS * STRIDE; i++)
        before[i] = (double)x[i];
    plain_turn(x, turned);
    assert_int_equal(sidle_rotary_init(&rotary, WIDTH, 0.8, 64.0, 20),
                     SIDLE_OK);
    sidle_rotary_apply(&rotary, 1, ROWS, HEADS, WIDTH, STRIDE, position, x);
    check_close("turned", ROWS * STRIDE, x, turned, 1e-6);
    sidle_rotary_apply(&rotary, -1, ROWS, HEADS, WIDTH, STRIDE, position, x);
    check_close("turned back", ROWS * STRIDE, x, before, 1e-6);
    sidle_rotary_done(&rotary);
}

TEST(the_table_and_the_formula_agree)
{
    sidle_real x[ROWS * STRIDE], y[ROWS * STRIDE];
    double table[ROWS * STRIDE];
    sidle_rotary none, all;

    check_random(2, "x", ROWS * STRIDE, x);
    memcpy(y, x, sizeof x);
    assert_int_equal(sidle_rotary_init(&none, WIDTH, 0.8, 64.0, 0), SIDLE_OK);
    assert_int_equal(sidle_rotary_init(&all, WIDTH, 0.8, 64.0, 70001),
                     SIDLE_OK);
    sidle_rotary_apply(&none, 1, ROWS, HEADS, WIDTH, STRIDE, position, x);
    sidle_rotary_apply(&all, 1, ROWS, HEADS, WIDTH, STRIDE, position, y);
    for (int i = 0; i < ROWS * STRIDE; i++)
        table[i] = (double)y[i];
    check_close("formula", ROWS * STRIDE, x, table, 2e-7);
    sidle_rotary_done(&none);
    sidle_rotary_done(&all);
}

/* What rotary is for: a score depends on the distance alone. */
TEST(scores_depend_on_the_distance)
{
    static const int64_t places[4] = {10, 3, 57, 50};
    sidle_real x[4 * 16];
    sidle_rotary rotary;
    double score[2] = {0.0, 0.0};

    check_random(3, "q", 16, x);
    check_random(3, "k", 16, x + 16);
    memcpy(x + 32, x, 32 * sizeof *x);
    assert_int_equal(sidle_rotary_init(&rotary, 16, 1.0, 100.0, 100), SIDLE_OK);
    sidle_rotary_apply(&rotary, 1, 4, 1, 16, 16, places, x);
    for (int c = 0; c < 16; c++) {
        score[0] += (double)x[c] * (double)x[16 + c];
        score[1] += (double)x[32 + c] * (double)x[48 + c];
    }
    assert_true(fabs(score[0] - score[1]) < 1e-5);
    sidle_rotary_done(&rotary);
}

/* Under the address sanitizer malloc shall answer NULL here, too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

TEST(tables_that_do_not_fit_are_refused)
{
    sidle_rotary rotary;

    assert_int_equal(
        sidle_rotary_init(&rotary, 64, 1.0, 64.0, PTRDIFF_MAX / 1024),
        SIDLE_EINTERNAL);
    assert_non_null(strstr(sidle_fail_text(), "rotary"));
    assert_null(rotary.frequency);
}

TEST_MAIN

/* check.h - what cmocka lacks: tests that list themselves, and a comparator
 * that names the worst element. */
#ifndef SIDLE_TESTS_CHECK_H
#define SIDLE_TESTS_CHECK_H

/* cmocka wants these before it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/real.h"
#include "base/rng.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define TEST_MOST 64 /* tests of one file */

static struct CMUnitTest test_list[TEST_MOST];
static size_t test_n;

static inline void test_join(struct CMUnitTest test)
{
    if (test_n == TEST_MOST) {
        fprintf(stderr, "%s: more than %d tests in a file\n", test.name,
                TEST_MOST);
        abort();
    }
    test_list[test_n++] = test;
}

/* TEST(what_is_claimed) { .. }: a test, which joins the list of its file, since
 * a list by hand forgets one. Constructors of a file run in its order. */
#define TEST(claim) TEST_BETWEEN(claim, NULL, NULL)

/* With a function of cmocka before and one after it, or NULL. */
#define TEST_BETWEEN(claim, before, after)                                     \
    static void test_##claim(void);                                            \
    static void test_run_##claim(void **unused)                                \
    {                                                                          \
        (void)unused;                                                          \
        test_##claim();                                                        \
    }                                                                          \
    __attribute__((constructor)) static void test_join_##claim(void)           \
    {                                                                          \
        test_join((struct CMUnitTest){"test_" #claim, test_run_##claim,        \
                                      before, after, NULL});                   \
    }                                                                          \
    static void test_##claim(void)

/* Runs the tests of this file: how many failed. */
static inline int test_all(CMFixtureFunction before, CMFixtureFunction after)
{
    return _cmocka_run_group_tests("tests", test_list, test_n, before, after);
}

#define TEST_MAIN                                                              \
    int main(void)                                                             \
    {                                                                          \
        return test_all(NULL, NULL);                                           \
    }

/* Fails, with the worst element's place and both values, unless every element
 * has |a - b| <= tolerance * (1 + the largest |b|); NaN is infinitely far. */
static inline void check_close(const char *what, ptrdiff_t n,
                               const sidle_real *a, const double *b,
                               double tolerance)
{
    double largest = 0.0, worst = -1.0;
    ptrdiff_t at = 0;

    for (ptrdiff_t i = 0; i < n; i++) {
        double far = fabs((double)a[i] - b[i]);

        far = isnan(far) ? HUGE_VAL : far;
        largest = fabs(b[i]) > largest ? fabs(b[i]) : largest;
        if (far > worst) {
            worst = far;
            at = i;
        }
    }
    if (worst > tolerance * (1.0 + largest))
        fail_msg("%s: element %td of %td is %.9g, expected %.9g (largest "
                 "%.3g, tolerance %.1e)",
                 what, at, n, (double)a[at], b[at], largest, tolerance);
}

/* Uniform in [-1, 1): fresh numbers for every (seed, stream). */
static inline void check_random(uint64_t seed, const char *stream, ptrdiff_t n,
                                sidle_real *out)
{
    sidle_rng rng = {seed, sidle_rng_stream(stream, 0)};

    for (ptrdiff_t i = 0; i < n; i++)
        out[i] = (sidle_real)(2.0 * sidle_rng_uniform(rng, (uint64_t)i) - 1.0);
}

#endif

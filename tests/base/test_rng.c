/* test_rng.c - draws are functions of (seed, stream, index), and look random.*/
#include "check.h"

TEST(draws_have_no_hidden_state)
{
    sidle_rng rng = {7, sidle_rng_stream("test", 0)};
    uint32_t a[4], b[4], c[4];

    sidle_rng_words(rng, 3, a);
    sidle_rng_words(rng, 4, b);
    sidle_rng_words(rng, 3, c);
    assert_memory_equal(a, c, sizeof(a));
    assert_memory_not_equal(a, b, sizeof(a));
    rng.stream = sidle_rng_stream("test", 1);
    sidle_rng_words(rng, 3, b);
    assert_memory_not_equal(a, b, sizeof(a));
}

TEST(truncated_normal_has_its_moments)
{
    sidle_rng rng = {11, sidle_rng_stream("normal", 0)};
    double sum = 0.0, squares = 0.0;
    int n = 200000;

    for (int i = 0; i < n; i++) {
        double z = sidle_rng_truncated_normal(rng, (uint64_t)i);

        assert_true(fabs(z) <= 2.0);
        sum += z;
        squares += z * z;
    }
    /* std of a unit normal truncated at 2: 0.87962566103; 5 sigma bounds */
    assert_true(fabs(sum / n) < 5 * 0.88 / sqrt(n));
    assert_true(fabs(sqrt(squares / n) - 0.87962566103) < 0.006);
}

TEST(below_is_uniform)
{
    sidle_rng rng = {13, 0};
    int count[7] = {0};

    for (uint64_t i = 0; i < 70000; i++)
        count[sidle_rng_below(rng, i, 7)]++;
    for (int i = 0; i < 7; i++)
        assert_in_range(count[i], 9500, 10500);
}

TEST_MAIN

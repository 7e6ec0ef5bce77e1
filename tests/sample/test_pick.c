/* test_pick.c - one token from logits: which ones can come, and how often. */
#include "check.h"

#include "data/ids.h"
#include "sample/pick.h"

#include <string.h>

#define V 8
#define N_DRAWS 20000

static const sidle_real some[V] = {9.0f, 0.3f, 9.0f,  -1.2f,
                                   1.5f, 0.9f, -0.4f, 1.1f};

static int32_t pick_at(const sidle_pick *pick, const sidle_real *logits,
                       int64_t position)
{
    sidle_rng rng = {23, sidle_rng_stream("sample", 0)};
    double scratch[3 * V];

    return sidle_pick_token(pick, V, logits, rng, position, scratch);
}

static void count_draws(const sidle_pick *pick, const sidle_real *logits,
                        int *count)
{
    memset(count, 0, V * sizeof(*count));
    for (int i = 0; i < N_DRAWS; i++)
        count[pick_at(pick, logits, i)]++;
}

/* Chi-square against weights; `free` degrees. 1 in 10,000 would fail, if the
 * draws were not always the same. */
static void check_shares(const int *count, const double *weight)
{
    double all = 0.0, chi2 = 0.0;
    int n_free = -1;

    for (int i = 0; i < V; i++)
        all += weight[i];
    for (int i = 0; i < V; i++) {
        double expected = N_DRAWS * weight[i] / all;

        if (weight[i] == 0.0) {
            assert_int_equal(count[i], 0);
            continue;
        }
        chi2 += (count[i] - expected) * (count[i] - expected) / expected;
        n_free++;
    }
    assert_true(chi2 < n_free + 4.0 * sqrt(2.0 * n_free) + 4.0);
}

/* The twin: probabilities of the ids in `kept`, one bit each. */
static void twin(double temperature, unsigned kept, double *weight)
{
    for (int i = 0; i < V; i++)
        weight[i] = kept >> i & 1 ? exp((double)some[i] / temperature) : 0.0;
}

static void check_draws(double temperature, ptrdiff_t top_k, double top_p,
                        unsigned kept)
{
    sidle_pick pick = {temperature, top_k, top_p, 0};
    double weight[V];
    int count[V];

    twin(temperature, kept, weight);
    count_draws(&pick, some, count);
    check_shares(count, weight);
}

TEST(draws_follow_the_probabilities)
{
    check_draws(1.0, 0, 1.0, 0xfa); /* all but 0 PAD and 2 SOS */
    check_draws(0.5, 0, 1.0, 0xfa);
    check_draws(3.0, 0, 1.0, 0xfa);
}

TEST(top_k_keeps_the_likeliest)
{
    check_draws(1.0, 2, 1.0, 1u << 4 | 1u << 7);
    check_draws(1.0, 1, 1.0, 1u << 4);
    check_draws(1.0, 6, 1.0, 0xfa);
    check_draws(1.0, 1000, 1.0, 0xfa);
}

/* Shares at temperature 1, in percent: 4: 36.5, 7: 24.5, 5: 20.1, 1: 11.0,
 * 6: 5.5, 3: 2.5; the nucleus does not see the temperature. */
TEST(the_nucleus_comes_before_the_temperature)
{
    check_draws(1.0, 0, 0.5, 1u << 4 | 1u << 7);
    check_draws(10.0, 0, 0.5, 1u << 4 | 1u << 7);
    check_draws(0.2, 0, 0.7, 1u << 4 | 1u << 7 | 1u << 5);
    check_draws(1.0, 0, 1e-9, 1u << 4);
    check_draws(1.0, 0, 0.999999, 0xfa);
}

/* Of the three kept ones 4 has 45 percent, 4 and 7 have 75. */
TEST(top_k_comes_before_the_nucleus)
{
    check_draws(1.0, 3, 0.7, 1u << 4 | 1u << 7);
    check_draws(1.0, 3, 0.4, 1u << 4);
}

/* 3 and 5 are the likeliest, then 4 and 6, then 1 and 7. */
static const sidle_real tied[V] = {9, -5, 9, 2, 1, 2, 1, -5};

static void check_kept(ptrdiff_t top_k, double top_p, unsigned kept)
{
    sidle_pick pick = {1e6, top_k, top_p, 0}; /* all that are kept come */
    int count[V];

    count_draws(&pick, tied, count);
    for (int i = 0; i < V; i++)
        assert_int_equal(count[i] > 0, kept >> i & 1);
}

TEST(of_equals_the_lower_id_is_kept)
{
    check_kept(1, 1.0, 1u << 3);
    check_kept(2, 1.0, 1u << 3 | 1u << 5);
    check_kept(3, 1.0, 1u << 3 | 1u << 5 | 1u << 4);
    check_kept(5, 1.0, 0x7a);
    check_kept(6, 1.0, 0xfa);
    check_kept(0, 0.2, 1u << 3); /* 3 and 5 have 36.5 percent each */
    check_kept(0, 0.4, 1u << 3 | 1u << 5);
    check_kept(0, 0.8, 1u << 3 | 1u << 5 | 1u << 4);
    check_kept(4, 0.8, 1u << 3 | 1u << 5 | 1u << 4);
    check_kept(2, 0.3, 1u << 3);
}

/* A fresh model: all logits are equal. */
TEST(no_more_than_k_of_equal_logits)
{
    const sidle_real flat[V] = {0};
    sidle_pick pick = {1.0, 0, 1.0, 0};
    int count[V];

    for (int k = 1; k < V; k++) {
        int n_kept = 0;

        pick.top_k = k;
        count_draws(&pick, flat, count);
        for (int i = 0; i < V; i++)
            n_kept += count[i] > 0;
        assert_int_equal(n_kept, k < V - 2 ? k : V - 2);
        assert_true(count[SIDLE_EOS] > 0);
    }
    pick = (sidle_pick){1.0, 0, 0.4, 0}; /* three leave half outside */
    count_draws(&pick, flat, count);
    assert_true(count[1] > 0 && count[3] > 0 && count[4] > 0);
    assert_int_equal(count[5] + count[6] + count[7], 0);
}

/* Draws where nothing is equal, as they were before ties had an order. */
TEST(draws_without_ties_are_those_of_always)
{
    static const int32_t always[] = {4, 7, 4, 7, 5, 1, 4, 4, 7, 4, 5, 4,
                                     5, 7, 7, 4, 5, 7, 7, 7, 5, 5, 4, 4};
    sidle_pick pick = {0.8, 5, 0.9, 0};

    for (int i = 0; i < (int)(sizeof always / sizeof *always); i++)
        assert_int_equal(pick_at(&pick, some, i), always[i]);
}

static void is_likeliest(sidle_pick pick)
{
    const sidle_real equal[V] = {7, 1, 7, 0, 3, 3, 2, 3};

    for (int i = 0; i < 50; i++)
        assert_int_equal(pick_at(&pick, equal, i), 4);
}

TEST(the_likeliest_is_the_lowest_of_equals)
{
    is_likeliest((sidle_pick){1.0, 0, 1.0, 1});
    is_likeliest((sidle_pick){0.0, 0, 1.0, 0});
    is_likeliest((sidle_pick){-1.0, 0, 1.0, 0});
    is_likeliest((sidle_pick){1.0, 0, 0.0, 0});
    is_likeliest((sidle_pick){1.0, 5, -0.5, 0});
}

TEST(the_smallest_temperature_is_no_overflow)
{
    sidle_pick pick = {1e-300, 0, 1.0, 0};

    for (int i = 0; i < 50; i++)
        assert_int_equal(pick_at(&pick, some, i), 4);
}

TEST(pad_and_sos_are_never_drawn)
{
    const sidle_real huge[V] = {1e30f, -3, 1e30f, -3, -3, -3, -3, -3};
    sidle_pick pick = {1.0, 2, 0.9, 0};
    int count[V];

    count_draws(&pick, huge, count);
    assert_int_equal(count[SIDLE_PAD] + count[SIDLE_SOS], 0);
    pick.is_greedy = 1;
    assert_int_equal(pick_at(&pick, huge, 0), SIDLE_EOS);
}

TEST_MAIN

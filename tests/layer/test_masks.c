/* test_masks.c - the golden masks of the reference: 10 inputs, 6 latents. */
#include "check.h"
#include "layer/perceiver.h"

#define N 6

struct golden {
    ptrdiff_t length;
    int32_t last_step[N];
    int32_t cross_ones[N]; /* leading ones of each row */
    int32_t self_first[N], self_end[N];
};

static const struct golden golden[] = {
    {10,
     {4, 5, 6, 7, 8, 9},
     {5, 6, 7, 8, 9, 10},
     {0, 0, 0, 0, 0, 0},
     {1, 2, 3, 4, 5, 6}},
    {7,
     {1, 2, 3, 4, 5, 6},
     {2, 3, 4, 5, 6, 7},
     {0, 0, 0, 0, 0, 0},
     {1, 2, 3, 4, 5, 6}},
    {4,
     {-1, -1, 0, 1, 2, 3},
     {0, 0, 1, 2, 3, 4},
     {0, 1, 2, 2, 2, 2},
     {1, 2, 3, 4, 5, 6}},
    {1,
     {-1, -1, -1, -1, -1, 0},
     {0, 0, 0, 0, 0, 1},
     {0, 1, 2, 3, 4, 5},
     {1, 2, 3, 4, 5, 6}},
    {0,
     {-1, -1, -1, -1, -1, -1},
     {0, 0, 0, 0, 0, 0},
     {0, 1, 2, 3, 4, 5},
     {1, 2, 3, 4, 5, 6}},
};

TEST(golden_masks)
{
    for (size_t g = 0; g < sizeof(golden) / sizeof(*golden); g++) {
        int32_t first[N], last[N];

        for (ptrdiff_t i = 0; i < N; i++)
            assert_int_equal(sidle_latent_input(golden[g].length, N, i),
                             golden[g].last_step[i]);
        sidle_cross_mask(golden[g].length, N, first, last);
        for (ptrdiff_t i = 0; i < N; i++) {
            assert_int_equal(first[i], 0);
            assert_int_equal(last[i], golden[g].cross_ones[i]);
        }
        sidle_self_mask(golden[g].length, N, first, last);
        assert_memory_equal(first, golden[g].self_first, sizeof(first));
        assert_memory_equal(last, golden[g].self_end, sizeof(last));
    }
}

TEST(labels_are_the_tokens_that_follow)
{
    const int32_t tokens[11] = {2, 10, 11, 12, 13, 1, 0, 0, 0, 0, 0};
    const int32_t all[N] = {0, 10, 11, 12, 13, 1};
    const int32_t two[N] = {0, 0, 0, 0, 13, 1};
    int32_t label[N];

    sidle_latent_labels(tokens, 5, N, N, label);
    assert_memory_equal(label, all, sizeof(label));
    sidle_latent_labels(tokens, 5, N, 2, label);
    assert_memory_equal(label, two, sizeof(label));
    sidle_latent_labels(tokens, 0, N, N, label);
    for (int i = 0; i < N; i++)
        assert_int_equal(label[i], 0);
}

TEST_MAIN

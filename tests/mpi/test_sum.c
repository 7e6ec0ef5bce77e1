/* test_sum.c - a gradient's sum over replicas: in fixed order, the same bits on
 * all, several at once. */
/* np: 1 2 3 6 */
#include "ranks.h"

#include "mpi/sum.h"

#include "base/arena.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE = SIDLE_ALIGN / sizeof(float) };

/* Numbers of very different size: another order gives other bits. */
static void fill(uint64_t seed, int replica, size_t n, float *x)
{
    check_random(seed * 100 + (uint64_t)replica, "gradient", (ptrdiff_t)n, x);
    for (size_t i = 0; i < n; i++)
        x[i] *= i % 3 == 0 ? 1.0F : i % 3 == 1 ? 1e4F : 1e-4F;
}

static void expect_sum(uint64_t seed, int n_replicas, size_t n, const float *x)
{
    float *one = malloc((n + 1) * sizeof(*one));
    float *all = calloc(n + 1, sizeof(*all));

    assert_true(one != NULL && all != NULL);
    for (int r = 0; r < n_replicas; r++) {
        fill(seed, r, n, one);
        for (size_t i = 0; i < n; i++)
            all[i] = r == 0 ? one[i] : all[i] + one[i];
    }
    EXPECT(memcmp(all, x, n * sizeof(*x)) == 0);
    free(one);
    free(all);
}

static sidle_owners owners_of(int n_replicas)
{
    int chain = ranks.size / n_replicas;

    return (sidle_owners){n_replicas, ranks.rank % chain, chain};
}

static float *gradient_new(size_t n)
{
    float *x = aligned_alloc(SIDLE_ALIGN, (n + LINE) * sizeof(*x));

    assert_non_null(x);
    return x;
}

/* Several sums of one block, one after the other, by ranks of unequal pace. */
static void check_sums(int n_replicas, size_t n)
{
    sidle_owners owners = owners_of(n_replicas);
    int replica = ranks.rank / owners.stride;
    float *x = gradient_new(n);
    sidle_sum *sum;

    EXPECT(sidle_sum_open(&ranks, 1, &owners, n, &sum) == SIDLE_OK);
    for (uint64_t k = 0; k < 5; k++) {
        fill(k, replica, n, x);
        if ((ranks.rank + (int)k) % 3 == 0)
            usleep(2000);
        EXPECT(!sidle_sum_is_begun(sum) && sidle_sum_poll(sum));
        sidle_sum_begin(sum, x);
        EXPECT(sidle_sum_is_begun(sum));
        while (!sidle_sum_poll(sum))
            ;
        EXPECT(sidle_sum_missing(sum) == -1);
        expect_sum(k, n_replicas, n, x);
        sidle_sum_end(sum);
    }
    sidle_sum_close(sum);
    free(x);
}

TEST(the_order_is_fixed)
{
    for (int n = 2; n <= ranks.size; n++)
        for (size_t lines = 1; lines <= 40; lines += 13)
            if (ranks.size % n == 0)
                check_sums(n, lines * LINE);
    /* large enough not to be sent before it is asked for */
    if (ranks.size > 1)
        check_sums(ranks.size, 300000 / LINE * LINE);
    ranks_finish();
}

/* Blocks of one rank sum at once, and look after them in any order. */
TEST(blocks_sum_at_the_same_time)
{
    enum { N = 3 };
    const size_t n = 100 * LINE;
    sidle_owners owners = owners_of(ranks.size);
    sidle_sum *sum[N];
    float *x[N];
    int n_there = 0;

    if (ranks.size == 1)
        return;
    for (int b = 0; b < N; b++) {
        EXPECT(sidle_sum_open(&ranks, b + 1, &owners, n, &sum[b]) == SIDLE_OK);
        x[b] = gradient_new(n);
        fill((uint64_t)b, ranks.rank, n, x[b]);
    }
    for (int i = 0; i < N; i++) {
        int b = (i + ranks.rank) % N;

        sidle_sum_begin(sum[b], x[b]);
    }
    while (n_there < N) {
        n_there = 0;
        for (int b = 0; b < N; b++)
            n_there += sidle_sum_poll(sum[b]);
    }
    for (int b = 0; b < N; b++) {
        expect_sum((uint64_t)b, ranks.size, n, x[b]);
        sidle_sum_end(sum[b]);
        sidle_sum_close(sum[b]);
        free(x[b]);
    }
    ranks_finish();
}

TEST(one_replica_needs_nothing)
{
    EXPECT(sidle_sum_bytes(1000 * LINE, 1) == 0);
    /* a piece from each of the others, and few bytes besides */
    for (int n = 2; n <= 5; n++) {
        size_t pieces = (size_t)(n - 1) * ((1000 + (size_t)n - 1) / (size_t)n);

        EXPECT(sidle_sum_bytes(1000 * LINE, n) >= pieces * SIDLE_ALIGN);
        EXPECT(sidle_sum_bytes(1000 * LINE, n) <
               pieces * SIDLE_ALIGN + 10 * SIDLE_ALIGN);
    }
    EXPECT(!sidle_sum_is_begun(NULL) && sidle_sum_poll(NULL));
    sidle_sum_begin(NULL, NULL);
    sidle_sum_end(NULL);
    sidle_sum_close(NULL);
    ranks_finish();
}

/* The first replica that did not come is named. */
TEST(who_is_missing_is_known)
{
    sidle_owners owners = owners_of(ranks.size);
    float *x = gradient_new(10 * LINE);
    sidle_sum *sum;
    int last = ranks.size - 1;

    if (ranks.size == 1) {
        free(x);
        return;
    }
    fill(7, ranks.rank, 10 * LINE, x);
    EXPECT(sidle_sum_open(&ranks, 1, &owners, 10 * LINE, &sum) == SIDLE_OK);
    if (ranks.rank < last) {
        sidle_sum_begin(sum, x);
        for (int i = 0; i < 1000; i++)
            EXPECT(!sidle_sum_poll(sum));
        while (sidle_sum_missing(sum) != last)
            sidle_sum_poll(sum);
    }
    SIDLE_MPI(MPI_Barrier(ranks.comm));
    if (ranks.rank == last)
        sidle_sum_begin(sum, x);
    while (!sidle_sum_poll(sum))
        ;
    expect_sum(7, ranks.size, 10 * LINE, x);
    sidle_sum_end(sum);
    sidle_sum_close(sum);
    free(x);
    ranks_finish();
}

TEST(misuse_is_a_bug)
{
    sidle_owners owners = owners_of(ranks.size);
    float *x = gradient_new(LINE);
    sidle_sum *sum;
    int code;

    if (ranks.size == 1) {
        free(x);
        return;
    }
    fill(1, ranks.rank, LINE, x);
    EXPECT(sidle_sum_open(&ranks, 1, &owners, LINE, &sum) == SIDLE_OK);
    sidle_sum_begin(sum, x);
    CODE_OF_DEATH(&code, sidle_sum_begin(sum, x));
    EXPECT(code == SIDLE_EINTERNAL);
    while (!sidle_sum_poll(sum))
        ;
    sidle_sum_end(sum);
    CODE_OF_DEATH(&code, sidle_sum_end(sum));
    EXPECT(code == SIDLE_EINTERNAL);
    sidle_sum_close(sum);
    free(x);
    ranks_finish();
}

RANKS_MAIN

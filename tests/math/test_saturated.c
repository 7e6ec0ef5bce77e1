/* test_saturated.c - gradients of attention whose scores are large, against
 * the whole matrix in double and, for the error to expect, in float. */
#include "check.h"

#include "math/attention.h"

#include <string.h>

enum { MOST_KEYS = 700, MOST_WIDTH = 32, MOST = MOST_KEYS * MOST_WIDTH };

typedef struct problem {
    sidle_attention a;
    int32_t first[MOST_KEYS], last[MOST_KEYS];
    uint8_t keep[MOST_KEYS];
    sidle_real q[MOST], k[MOST], v[MOST], dy[MOST], y[MOST];
    sidle_real softmax[2 * MOST_KEYS];
    sidle_real got[3][MOST]; /* dq, dk, dv */
    double want[3][MOST], naive[3][MOST];
} problem;

static problem p;

static void set_up(ptrdiff_t n_queries, ptrdiff_t n_keys, ptrdiff_t width,
                   double size)
{
    memset(&p, 0, sizeof p);
    p.a = (sidle_attention){.n_queries = n_queries,
                            .n_keys = n_keys,
                            .width = width,
                            .query_stride = width,
                            .key_stride = width,
                            .scale = (sidle_real)(1.0 / sqrt((double)width)),
                            .first = p.first,
                            .last = p.last};
    check_random(1, "q", n_queries * width, p.q);
    check_random(1, "dy", n_queries * width, p.dy);
    check_random(1, "k", n_keys * width, p.k);
    check_random(1, "v", n_keys * width, p.v);
    for (ptrdiff_t i = 0; i < n_queries * width; i++)
        p.q[i] *= (sidle_real)size;
    for (ptrdiff_t i = 0; i < n_keys * width; i++)
        p.k[i] *= (sidle_real)size;
    for (ptrdiff_t i = 0; i < n_queries; i++)
        p.last[i] = (int32_t)(n_keys - n_queries + i + 1);
}

/* ---- the plain form, in double or with every result rounded to float */

static double rounded(double x, int is_float)
{
    return is_float ? (double)(float)x : x;
}

static double dot(const sidle_real *x, const sidle_real *y, int is_float)
{
    double sum = 0.0;

    for (ptrdiff_t c = 0; c < p.a.width; c++)
        sum = rounded(sum + (double)x[c] * (double)y[c], is_float);
    return sum;
}

static int may_see(ptrdiff_t i, ptrdiff_t j)
{
    return p.first[i] <= j && j < p.last[i] && (!p.a.keep || p.keep[j]);
}

/* The probabilities of query i; answers whether it sees a key at all. */
static int soften(ptrdiff_t i, int is_float, double *prob)
{
    double largest = -HUGE_VAL, sum = 0.0;

    for (ptrdiff_t j = 0; j < p.a.n_keys; j++) {
        prob[j] = -HUGE_VAL;
        if (may_see(i, j))
            prob[j] = rounded(
                dot(p.q + i * p.a.width, p.k + j * p.a.width, is_float) *
                    (double)p.a.scale,
                is_float);
        largest = fmax(largest, prob[j]);
    }
    if (largest == -HUGE_VAL)
        return 0;
    for (ptrdiff_t j = 0; j < p.a.n_keys; j++) {
        prob[j] = rounded(exp(rounded(prob[j] - largest, is_float)), is_float);
        sum = rounded(sum + prob[j], is_float);
    }
    for (ptrdiff_t j = 0; j < p.a.n_keys; j++)
        prob[j] = rounded(prob[j] / sum, is_float);
    return 1;
}

static void add(double *x, double y, int is_float)
{
    *x = rounded(*x + y, is_float);
}

static void plain_query(ptrdiff_t i, int is_float, const double *prob,
                        double (*grad)[MOST])
{
    double dp[MOST_KEYS], mean = 0.0;
    ptrdiff_t n = p.a.width;

    for (ptrdiff_t j = 0; j < p.a.n_keys; j++) {
        dp[j] = dot(p.dy + i * n, p.v + j * n, is_float);
        add(&mean, prob[j] * dp[j], is_float);
    }
    for (ptrdiff_t j = 0; j < p.a.n_keys; j++) {
        double ds = rounded(prob[j] * rounded(dp[j] - mean, is_float) *
                                (double)p.a.scale,
                            is_float);

        for (ptrdiff_t c = 0; c < n; c++) {
            add(&grad[0][i * n + c], ds * (double)p.k[j * n + c], is_float);
            add(&grad[1][j * n + c], ds * (double)p.q[i * n + c], is_float);
            add(&grad[2][j * n + c], prob[j] * (double)p.dy[i * n + c],
                is_float);
        }
    }
}

static void plain(int is_float, double (*grad)[MOST])
{
    double prob[MOST_KEYS];

    for (ptrdiff_t i = 0; i < p.a.n_queries; i++)
        if (soften(i, is_float, prob))
            plain_query(i, is_float, prob, grad);
}

/* ---- the claim */

static double norm_of(const double *x)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < MOST; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* No gradient is further from the truth than a few times what the plain form
 * in float is. */
static void check(const char *what)
{
    static const char *const names[] = {"dq", "dk", "dv"};
    double far[MOST], naive[MOST];

    for (int g = 0; g < 3; g++) {
        double bound;

        for (ptrdiff_t i = 0; i < MOST; i++) {
            far[i] = (double)p.got[g][i] - p.want[g][i];
            naive[i] = p.naive[g][i] - p.want[g][i];
        }
        bound = 4.0 * norm_of(naive) + 1e-6 * norm_of(p.want[2]);
        if (!(norm_of(far) <= bound))
            fail_msg("%s of %s, %td queries, %td keys: off by %.2e, the plain "
                     "form by %.2e (norms %.2e and, of dv, %.2e)",
                     names[g], what, p.a.n_queries, p.a.n_keys, norm_of(far),
                     norm_of(naive), norm_of(p.want[g]), norm_of(p.want[2]));
    }
}

static void run(const char *what)
{
    static sidle_real scratch[1 << 18];

    assert_true(sidle_attention_scratch(p.a.n_queries, p.a.n_keys, p.a.width) <=
                sizeof scratch / sizeof *scratch);
    sidle_attention_forward(&p.a, p.q, p.k, p.v, p.y, p.softmax, scratch);
    sidle_attention_backward(&p.a, p.q, p.k, p.v, p.y, p.softmax, p.dy,
                             p.got[0], p.got[1], p.got[2], scratch);
    plain(0, p.want);
    plain(1, p.naive);
    check(what);
}

/* Self-attention in one tile, and cross-attention over three. */
static void for_all_sizes(const char *what, void (*change)(void))
{
    static const double sizes[] = {1, 10, 30, 100, 1e3, 1e4};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        set_up(64, 64, 16, sizes[i]);
        change();
        run(what);
        set_up(40, MOST_KEYS, MOST_WIDTH, sizes[i]);
        change();
        run(what);
    }
}

static void as_it_is(void)
{
}

TEST(one_key_takes_it_all)
{
    for_all_sizes("causal attention", as_it_is);
}

/* Equal keys share a probability: a sum of 2, 3 or 5 that must not drown in
 * the largest score. */
static void repeat_keys(ptrdiff_t n)
{
    for (ptrdiff_t j = 0; j < p.a.n_keys; j++)
        memcpy(p.k + j * p.a.width, p.k + (j - j % n) * p.a.width,
               (size_t)p.a.width * sizeof *p.k);
}

static void in_pairs(void)
{
    repeat_keys(2);
}

static void in_threes(void)
{
    repeat_keys(3);
}

static void in_fives(void)
{
    repeat_keys(5);
}

TEST(equal_keys_share_a_probability)
{
    for_all_sizes("pairs of equal keys", in_pairs);
    for_all_sizes("three equal keys", in_threes);
    for_all_sizes("five equal keys", in_fives);
}

static void dropped(void)
{
    sidle_rng rng = {3, 0};

    for (ptrdiff_t j = 0; j < p.a.n_keys; j++)
        p.keep[j] = sidle_rng_uniform(rng, (uint64_t)j) < 0.5;
    p.a.keep = p.keep;
}

/* Ranges that begin anywhere; some are empty, some hold one key. */
static void wandering(void)
{
    sidle_rng rng = {4, 0};
    uint64_t n = (uint64_t)p.a.n_keys + 1;

    for (ptrdiff_t i = 0; i < p.a.n_queries; i++) {
        p.first[i] = (int32_t)sidle_rng_below(rng, (uint64_t)(2 * i), n);
        p.last[i] = (int32_t)sidle_rng_below(rng, (uint64_t)(2 * i + 1), n);
    }
    p.last[0] = p.first[0] + 1;
    dropped();
}

TEST(dropped_keys_and_queries_without_one)
{
    for_all_sizes("half of the keys dropped", dropped);
    for_all_sizes("ranges that wander", wandering);
}

/* A query that sees one key has nothing to choose: not a bit may come back. */
TEST(a_single_key_has_no_gradient_of_its_score)
{
    set_up(64, 64, 16, 1e4);
    for (ptrdiff_t i = 0; i < 64; i++) {
        p.first[i] = (int32_t)i;
        p.last[i] = (int32_t)i + 1;
    }
    run("one key each");
    for (ptrdiff_t i = 0; i < 64 * 16; i++) {
        assert_true(p.got[0][i] == 0);
        assert_true(p.got[1][i] == 0);
        assert_true(p.got[2][i] == p.dy[i]);
    }
}

TEST_MAIN

/* test_attention.c - attention in tiles against the whole matrix in double. */
#include "check.h"

#include "math/attention.h"

#include <stdlib.h>
#include <string.h>

#define HEADS 2

/* One problem with its inputs, outputs and the plain twin's answers. */
typedef struct problem {
    sidle_attention a;
    int32_t *first, *last;
    uint8_t *keep;
    sidle_real *q, *k, *v, *dy, *y, *softmax, *dq, *dk, *dv, *scratch;
    double *want_y, *want_lse, *want_dq, *want_dk, *want_dv;
} problem;

static sidle_real *fresh(const char *name, ptrdiff_t n, ptrdiff_t stride)
{
    sidle_real *x = test_malloc((size_t)(n * stride) * sizeof *x);

    check_random((uint64_t)(n * 7 + stride), name, n * stride, x);
    return x;
}

static double *zeros(ptrdiff_t n)
{
    double *x = test_calloc((size_t)n, sizeof *x);

    return x;
}

/* Rows of two heads side by side; the second one is the problem's. */
static problem problem_new(ptrdiff_t n_queries, ptrdiff_t n_keys,
                           ptrdiff_t width)
{
    ptrdiff_t stride = HEADS * width + 3;
    problem p = {
        .a = {.n_queries = n_queries,
              .n_keys = n_keys,
              .width = width,
              .query_stride = stride,
              .key_stride = stride,
              .scale = (sidle_real)(3.0 / sqrt((double)width))},
        .first = test_calloc((size_t)n_queries, sizeof *p.first),
        .last = test_calloc((size_t)n_queries, sizeof *p.last),
        .keep = test_malloc((size_t)n_keys),
        .q = fresh("q", n_queries, stride),
        .k = fresh("k", n_keys, stride),
        .v = fresh("v", n_keys, stride),
        .dy = fresh("dy", n_queries, stride),
        .y = fresh("y", n_queries, stride),
        .dq = fresh("dq", n_queries, stride),
        .dk = fresh("dk", n_keys, stride),
        .dv = fresh("dv", n_keys, stride),
        .softmax = fresh("softmax", 2 * n_queries, 1),
        .scratch = fresh(
            "scratch",
            (ptrdiff_t)sidle_attention_scratch(n_queries, n_keys, width), 1),
        .want_y = zeros(n_queries * width),
        .want_lse = zeros(n_queries),
        .want_dq = zeros(n_queries * width),
        .want_dk = zeros(n_keys * width),
        .want_dv = zeros(n_keys * width),
    };

    p.a.first = p.first;
    p.a.last = p.last;
    return p;
}

static void problem_free(problem *p)
{
    void *owned[] = {p->first,   p->last,    p->keep,    p->q,      p->k,
                     p->v,       p->dy,      p->y,       p->dq,     p->dk,
                     p->dv,      p->softmax, p->scratch, p->want_y, p->want_lse,
                     p->want_dq, p->want_dk, p->want_dv};

    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        test_free(owned[i]);
}

static int may_see(const sidle_attention *a, ptrdiff_t i, ptrdiff_t j)
{
    return a->first[i] <= j && j < a->last[i] && (!a->keep || a->keep[j]);
}

/* Rows of head 1 in an array of the problem. */
static const sidle_real *row(const sidle_attention *a, const sidle_real *x,
                             ptrdiff_t i)
{
    return x + i * a->query_stride + a->width;
}

static double dot(ptrdiff_t n, const sidle_real *x, const sidle_real *y)
{
    double sum = 0.0;

    for (ptrdiff_t c = 0; c < n; c++)
        sum += (double)x[c] * (double)y[c];
    return sum;
}

/* Query i alone: probabilities p (n_keys), y and lse. */
static void plain_query(problem *p, ptrdiff_t i, double *prob)
{
    const sidle_attention *a = &p->a;
    double largest = -HUGE_VAL, sum = 0.0;

    for (ptrdiff_t j = 0; j < a->n_keys; j++) {
        prob[j] = may_see(a, i, j)
                      ? (double)a->scale *
                            dot(a->width, row(a, p->q, i), row(a, p->k, j))
                      : -HUGE_VAL;
        largest = fmax(largest, prob[j]);
    }
    for (ptrdiff_t j = 0; j < a->n_keys; j++) {
        prob[j] = largest > -HUGE_VAL ? exp(prob[j] - largest) : 0.0;
        sum += prob[j];
    }
    p->want_lse[i] = largest + log(sum);
    for (ptrdiff_t j = 0; j < a->n_keys; j++) {
        prob[j] /= sum > 0.0 ? sum : 1.0;
        for (ptrdiff_t c = 0; c < a->width; c++)
            p->want_y[i * a->width + c] += prob[j] * (double)row(a, p->v, j)[c];
    }
}

static void plain_gradient(problem *p, ptrdiff_t i, const double *prob)
{
    const sidle_attention *a = &p->a;
    ptrdiff_t width = a->width;
    double mean = 0.0;

    for (ptrdiff_t j = 0; j < a->n_keys; j++)
        mean += prob[j] * dot(width, row(a, p->dy, i), row(a, p->v, j));
    for (ptrdiff_t j = 0; j < a->n_keys; j++) {
        double dp = dot(width, row(a, p->dy, i), row(a, p->v, j));
        double ds = prob[j] * (dp - mean) * (double)a->scale;

        for (ptrdiff_t c = 0; c < width; c++) {
            p->want_dq[i * width + c] += ds * (double)row(a, p->k, j)[c];
            p->want_dk[j * width + c] += ds * (double)row(a, p->q, i)[c];
            p->want_dv[j * width + c] += prob[j] * (double)row(a, p->dy, i)[c];
        }
    }
}

static void check_rows(const char *what, const sidle_attention *a, ptrdiff_t n,
                       const sidle_real *got, const double *want)
{
    sidle_real *dense = test_malloc((size_t)(n * a->width) * sizeof *dense);

    for (ptrdiff_t i = 0; i < n; i++)
        memcpy(dense + i * a->width, row(a, got, i),
               (size_t)a->width * sizeof *dense);
    check_close(what, n * a->width, dense, want, 1e-5);
    test_free(dense);
}

/* The log-sum-exp of n queries, from largest scores and sums. */
static double lse_of(ptrdiff_t n, const sidle_real *softmax, ptrdiff_t i)
{
    return (double)softmax[i] + log((double)softmax[n + i]);
}

static void run(problem *p)
{
    ptrdiff_t h = p->a.width;

    sidle_attention_forward(&p->a, p->q + h, p->k + h, p->v + h, p->y + h,
                            p->softmax, p->scratch);
    sidle_attention_backward(&p->a, p->q + h, p->k + h, p->v + h, p->y + h,
                             p->softmax, p->dy + h, p->dq + h, p->dk + h,
                             p->dv + h, p->scratch);
}

static void check_against_twin(problem *p)
{
    const sidle_attention *a = &p->a;
    double *prob = zeros(a->n_keys);

    for (ptrdiff_t i = 0; i < a->n_queries; i++) {
        plain_query(p, i, prob);
        plain_gradient(p, i, prob);
    }
    test_free(prob);
    run(p);
    check_rows("y", a, a->n_queries, p->y, p->want_y);
    check_rows("dq", a, a->n_queries, p->dq, p->want_dq);
    check_rows("dk", a, a->n_keys, p->dk, p->want_dk);
    check_rows("dv", a, a->n_keys, p->dv, p->want_dv);
    for (ptrdiff_t i = 0; i < a->n_queries; i++) {
        sidle_real lse = (sidle_real)lse_of(a->n_queries, p->softmax, i);

        if (isfinite(p->want_lse[i]))
            check_close("lse", 1, &lse, &p->want_lse[i], 1e-5);
        else
            assert_true(lse == (sidle_real)-INFINITY);
    }
}

static void causal(problem *p)
{
    for (ptrdiff_t i = 0; i < p->a.n_queries; i++)
        p->last[i] = (int32_t)(p->a.n_keys - p->a.n_queries + i + 1);
}

static void drop_keys(problem *p, double keep)
{
    sidle_rng rng = {99, (uint64_t)p->a.n_keys};

    for (ptrdiff_t j = 0; j < p->a.n_keys; j++)
        p->keep[j] = sidle_rng_uniform(rng, (uint64_t)j) < keep;
    p->a.keep = p->keep;
}

static const ptrdiff_t shapes[][3] = {
    {1, 1, 1},    {5, 9, 4},      {33, 70, 8},   {130, 131, 32},
    {7, 1100, 5}, {150, 700, 64}, {200, 1030, 6}};
#define N_SHAPES (sizeof shapes / sizeof *shapes)

static void for_all_shapes(void (*mask)(problem *))
{
    for (size_t s = 0; s < N_SHAPES; s++) {
        problem p = problem_new(shapes[s][0], shapes[s][1], shapes[s][2]);

        mask(&p);
        check_against_twin(&p);
        problem_free(&p);
    }
}

TEST(causal_attention)
{
    for_all_shapes(causal);
}

/* The ranges of queries wander, some are empty, some reach past the ends of
 * what a tile holds. */
static void wandering(problem *p)
{
    sidle_rng rng = {5, (uint64_t)p->a.n_queries};
    uint64_t n = (uint64_t)p->a.n_keys + 1;

    for (ptrdiff_t i = 0; i < p->a.n_queries; i++) {
        p->first[i] = (int32_t)sidle_rng_below(rng, (uint64_t)(2 * i), n);
        p->last[i] = (int32_t)sidle_rng_below(rng, (uint64_t)(2 * i + 1), n);
    }
}

TEST(ranges_that_wander_and_rows_without_a_key)
{
    for_all_shapes(wandering);
}

static void few_keys(problem *p)
{
    causal(p);
    drop_keys(p, 0.1);
}

static void most_keys(problem *p)
{
    wandering(p);
    drop_keys(p, 0.9);
}

TEST(dropped_keys)
{
    for_all_shapes(few_keys);
    for_all_shapes(most_keys);
}

/* Far keys only, so that whole tiles lie outside of all ranges. */
static void two_islands(problem *p)
{
    int32_t n = (int32_t)p->a.n_keys;

    for (ptrdiff_t i = 0; i < p->a.n_queries; i++) {
        p->first[i] = i % 2 ? 0 : n - 1;
        p->last[i] = i % 2 ? 1 : n;
    }
}

TEST(islands_of_keys)
{
    for_all_shapes(two_islands);
}

TEST(nothing_flows_without_a_key)
{
    problem p = problem_new(70, 600, 8);

    run(&p); /* all ranges are empty */
    check_against_twin(&p);
    for (ptrdiff_t j = 0; j < 600; j++) {
        p.last[j % 70] = 600;
        p.keep[j] = 0;
    }
    p.a.keep = p.keep; /* and so are they when every key is dropped */
    check_against_twin(&p);
    for (ptrdiff_t i = 0; i < 70; i++)
        assert_true(p.softmax[i] == (sidle_real)-INFINITY);
    problem_free(&p);
}

/* Scores beyond what exp can take in float. */
TEST(large_scores)
{
    problem p = problem_new(40, 900, 16);

    causal(&p);
    p.a.scale = 60;
    for (ptrdiff_t i = 0; i < 40 * p.a.query_stride; i++)
        p.q[i] *= 4;
    sidle_attention_forward(&p.a, p.q, p.k, p.v, p.y, p.softmax, p.scratch);
    for (ptrdiff_t i = 0; i < 40; i++)
        for (ptrdiff_t c = 0; c < 16; c++)
            assert_true(fabs((double)p.y[i * p.a.query_stride + c]) <= 1.0001);
    problem_free(&p);
}

/* One query at a time sees tiles with other boundaries. */
TEST(queries_one_by_one_agree)
{
    problem p = problem_new(150, 1100, 32);
    ptrdiff_t stride = p.a.query_stride;
    sidle_real one[32], softmax[2], lse;

    causal(&p);
    drop_keys(&p, 0.7);
    sidle_attention_forward(&p.a, p.q, p.k, p.v, p.y, p.softmax, p.scratch);
    for (ptrdiff_t i = 0; i < 150; i++) {
        sidle_attention a = p.a;
        double want[32], want_lse = lse_of(150, p.softmax, i);

        for (int c = 0; c < 32; c++)
            want[c] = (double)p.y[i * stride + c];
        a.n_queries = 1;
        a.first += i;
        a.last += i;
        sidle_attention_forward(&a, p.q + i * stride, p.k, p.v, one, softmax,
                                p.scratch);
        check_close("y of one query", 32, one, want, 2e-6);
        lse = (sidle_real)lse_of(1, softmax, 0);
        check_close("lse of one query", 1, &lse, &want_lse, 2e-6);
    }
    problem_free(&p);
}

/* Keys before and from `cut` on apart, joined by their log-sum-exp: what the
 * tiles do, with a boundary of our own choice. */
static void check_join(problem *p, int32_t cut)
{
    ptrdiff_t n = p->a.n_queries, stride = p->a.query_stride;
    sidle_real *y[2] = {p->dq, p->dy}, softmax[2][140];
    int32_t first[70], last[70];
    double joined;
    sidle_attention a = p->a;

    a.first = first;
    a.last = last;
    for (int part = 0; part < 2; part++) {
        for (ptrdiff_t i = 0; i < n; i++) {
            first[i] = part ? cut : 0;
            last[i] = part || p->last[i] < cut ? p->last[i] : cut;
        }
        sidle_attention_forward(&a, p->q, p->k, p->v, y[part], softmax[part],
                                p->scratch);
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        double all = lse_of(n, p->softmax, i);
        double share[2] = {exp(lse_of(n, softmax[0], i) - all),
                           exp(lse_of(n, softmax[1], i) - all)};

        for (ptrdiff_t c = i * stride; c < i * stride + p->a.width; c++) {
            joined = share[0] * (double)y[0][c] + share[1] * (double)y[1][c];
            check_close("joined y", 1, &p->y[c], &joined, 5e-6);
        }
    }
}

TEST(parts_of_the_keys_join_by_their_log_sums)
{
    problem p = problem_new(70, 1100, 12);

    causal(&p);
    sidle_attention_forward(&p.a, p.q, p.k, p.v, p.y, p.softmax, p.scratch);
    check_join(&p, 1);
    check_join(&p, 333);
    check_join(&p, 1050); /* some queries have no key in the second part */
    problem_free(&p);
}

TEST(a_long_context)
{
    problem p = problem_new(20, 65536, 4);

    causal(&p);
    check_against_twin(&p);
    problem_free(&p);
}

TEST(scratch_does_not_grow_with_the_context)
{
    assert_true(sidle_attention_scratch(1024, 65536, 32) ==
                sidle_attention_scratch(1024, 4096, 32));
    assert_true(sidle_attention_scratch(1024, 65536, 32) < 1 << 19);
}

TEST_MAIN

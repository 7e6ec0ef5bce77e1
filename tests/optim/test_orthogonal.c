/* test_orthogonal.c - gradients without their part along the running mean,
 * beside plain loops in double. */
#include "optim/twin.h"

#include <math.h>

/* A matrix that Muon turns, a vector, a table. */
static const sidle_segment segments[] = {
    {0, 4, 8, 2, 1}, {32, 9, 1, 1, 0}, {48, 6, 4, 2, 0}};

enum { n_segments = 3, count = 80 };

static sidle_optim_config config_of(sidle_optim_kind kind)
{
    sidle_optim_config c = twin_config(kind);

    c.orthogonal = 1;
    c.orthogonal_beta = 0.8;
    return c;
}

static double dot(ptrdiff_t n, const double *a, const double *b)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < n; i++)
        sum += a[i] * b[i];
    return sum;
}

/* u = g - c (c.g) / (c.c + eps), then c <- b c + (1 - b) g, per tensor. */
static void twin_turn(const sidle_optim_config *config, double *mean, double *g)
{
    for (int s = 0; s < n_segments; s++) {
        double *c = mean + segments[s].offset, *of = g + segments[s].offset;
        ptrdiff_t n = twin_size(&segments[s]);
        double along = dot(n, c, of) / (dot(n, c, c) + config->eps);

        for (ptrdiff_t i = 0; i < n; i++) {
            double u = of[i] - along * c[i];

            c[i] = config->orthogonal_beta * c[i] +
                   (1.0 - config->orthogonal_beta) * of[i];
            of[i] = u;
        }
    }
}

/* Gradients of a smooth stream: a common part, and a fresh one. */
static void stream_gradient(twin *t, uint64_t seed)
{
    sidle_real common[count];

    check_random(99, "common", count, common);
    twin_fresh_gradient(t, seed);
    for (ptrdiff_t i = 0; i < count; i++) {
        t->g[i] = common[i] + (sidle_real)0.3 * t->g[i];
        t->g2[i] = (double)t->g[i];
    }
}

/* Plain descent shows the gradient that the rule sees. */
static void check_descent(double eps)
{
    static twin t;
    double mean[count] = {0.0};
    sidle_optim_config c = config_of(SIDLE_SGD);

    c.eps = eps;
    twin_begin(&t, &c, segments, n_segments, count, 5);
    for (int k = 0; k < 8; k++) {
        stream_gradient(&t, 10 + (uint64_t)k);
        sidle_optim_step(t.optim, 1.0, t.w, t.g);
        twin_turn(&c, mean, t.g2);
        for (int s = 0; s < n_segments; s++) {
            ptrdiff_t at = segments[s].offset, n = twin_size(&segments[s]);

            for (ptrdiff_t i = at; i < at + n; i++)
                t.w2[i] -= c.lr * t.g2[i];
            check_close("weights", n, t.w + at, t.w2 + at, 2e-6);
            check_close("mean", n, t.optim->state[0] + at, mean + at, 1e-6);
        }
    }
    twin_end(&t);
}

TEST(the_gradient_loses_its_part_along_the_mean)
{
    check_descent(1e-8);
    check_descent(10.0);
}

/* Of every rule, it is as if the turned gradient had been given to it. */
TEST(every_rule_sees_the_turned_gradient)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        static twin a, b;
        double mean[count] = {0.0};
        sidle_optim_config c = config_of((sidle_optim_kind)kind), plain;

        c.momentum = 0.9;
        plain = c;
        plain.orthogonal = 0;
        twin_begin(&a, &c, segments, n_segments, count, 7);
        twin_begin(&b, &plain, segments, n_segments, count, 7);
        for (int k = 0; k < 6; k++) {
            stream_gradient(&a, 30 + (uint64_t)k);
            memcpy(b.g2, a.g2, sizeof(b.g2));
            twin_turn(&c, mean, b.g2);
            for (ptrdiff_t i = 0; i < count; i++)
                b.g[i] = (sidle_real)b.g2[i];
            sidle_optim_step(a.optim, 0.1, a.w, a.g);
            sidle_optim_step(b.optim, 0.1, b.w, b.g);
        }
        for (ptrdiff_t i = 0; i < count; i++)
            b.w2[i] = (double)b.w[i];
        check_close(sidle_optim_name(c.kind), count, a.w, b.w2, 2e-4);
        twin_end(&a);
        twin_end(&b);
    }
}

TEST(the_first_gradient_is_left_as_it_is)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        static twin a, b;
        sidle_optim_config c = config_of((sidle_optim_kind)kind);

        twin_begin(&a, &c, segments, n_segments, count, 11);
        c.orthogonal = 0;
        twin_begin(&b, &c, segments, n_segments, count, 11);
        twin_fresh_gradient(&a, 12);
        twin_fresh_gradient(&b, 12);
        sidle_optim_step(a.optim, 1.0, a.w, a.g);
        sidle_optim_step(b.optim, 1.0, b.w, b.g);
        assert_memory_equal(a.w, b.w, sizeof(a.w));
        twin_end(&a);
        twin_end(&b);
    }
}

/* A stream that stands still teaches once: the second gradient is gone. */
TEST(a_gradient_that_comes_again_is_gone)
{
    static twin t;
    static sidle_real before[count];
    sidle_optim_config c = config_of(SIDLE_SGD);

    c.eps = 1e-30;
    twin_begin(&t, &c, segments, n_segments, count, 21);
    for (int k = 0; k < 2; k++) {
        memcpy(before, t.w, sizeof(before));
        twin_fresh_gradient(&t, 22);
        sidle_optim_step(t.optim, 1.0, t.w, t.g);
    }
    for (ptrdiff_t i = 0; i < 32; i++)
        assert_true(fabs((double)t.w[i] - (double)before[i]) < 1e-6);
    twin_end(&t);
}

TEST(the_mean_is_one_state_more_of_every_tensor)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        sidle_optim_config c = config_of((sidle_optim_kind)kind), plain = c;
        int n = sidle_optim_n_states(&c);

        plain.orthogonal = 0;
        assert_int_equal(sidle_optim_n_states(&plain), n - 1);
        assert_string_equal(sidle_optim_state_name(&c, n - 1), "mean");
        for (int s = 0; s < n_segments; s++)
            assert_true(sidle_optim_has_state(&c, n - 1, &segments[s]));
        assert_false(sidle_optim_has_state(&c, n, &segments[0]));
        assert_false(sidle_optim_has_state(&plain, n - 1, &segments[0]));
        assert_int_equal(
            sidle_optim_bytes(&c, segments, n_segments, count),
            sidle_optim_bytes(&plain, segments, n_segments, count) +
                sidle_arena_round(count * sizeof(sidle_real)));
    }
}

TEST(checkpoints_tell_a_rule_with_a_mean_from_one_without)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        sidle_optim_config c = config_of((sidle_optim_kind)kind);
        int64_t rule = sidle_optim_rule(&c);

        assert_true(sidle_optim_is_rule(rule));
        c.orthogonal = 0;
        assert_true(rule != sidle_optim_rule(&c));
        c.rest = SIDLE_REST_NORM;
        assert_true(rule != sidle_optim_rule(&c));
    }
    assert_false(sidle_optim_is_rule(200 + SIDLE_OPTIM_N_KINDS));
}

TEST_MAIN

/* test_norm.c - steps of a fixed size beside plain loops in double. */
#include "optim/twin.h"

#include <math.h>

/* A matrix that Muon turns, a vector, a table, a table of one row. */
static const sidle_segment segments[] = {
    {0, 4, 8, 2, 1}, {32, 8, 1, 1, 0}, {48, 6, 4, 2, 0}, {80, 1, 5, 2, 0}};

enum { n_segments = 4, count = 96 };

static sidle_optim_config config_of(sidle_rest_kind rest)
{
    sidle_optim_config c = twin_config(SIDLE_MUON);

    c.rest = rest;
    return c;
}

static double norm_of(ptrdiff_t n, const double *x)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* One update of a segment that is no matrix. */
static void twin_norm(twin *t, const sidle_segment *s, double factor,
                      double share)
{
    const sidle_optim_config *c = &t->optim->config;
    double rate = c->lr * factor, floor = 0.0, u[64];
    ptrdiff_t n = twin_size(s), rows = s->n_dims == 2 ? s->rows : 1;
    double *m = t->m2 + s->offset, *w = t->w2 + s->offset;
    const double *g = t->g2 + s->offset;
    double keep = s->n_dims == 2 ? 1.0 - rate * c->weight_decay : 1.0;

    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = c->beta1 * m[i] + (1.0 - c->beta1) * g[i];
        u[i] = (1.0 - share) * g[i] + share * m[i];
    }
    if (rows > 1)
        floor = 0.01 * norm_of(n, u) / sqrt((double)rows);
    for (ptrdiff_t r = 0; r < rows; r++) {
        ptrdiff_t d = n / rows;
        double norm = norm_of(d, u + r * d) + floor;

        for (ptrdiff_t i = r * d; i < (r + 1) * d; i++)
            w[i] = keep * w[i] -
                   (norm > 0.0 ? rate * sqrt((double)d) * u[i] / norm : 0.0);
    }
}

/* `share` is that of the momentum in a step. */
static void check_formulas(const sidle_optim_config *c, double share)
{
    static twin t;

    twin_begin(&t, c, segments, n_segments, count, 11);
    for (int k = 0; k < 6; k++) {
        twin_fresh_gradient(&t, 20 + (uint64_t)k);
        for (ptrdiff_t i = 0; i < 4 && k > 1; i++)
            t.g[52 + i] = 0, t.g2[52 + i] = 0.0; /* an unseen row */
        sidle_optim_step(t.optim, (k + 1) / 6.0, t.w, t.g);
        for (int s = 1; s < n_segments; s++) {
            ptrdiff_t at = segments[s].offset, n = twin_size(&segments[s]);

            twin_norm(&t, &segments[s], (k + 1) / 6.0, share);
            check_close("weights", n, t.w + at, t.w2 + at, 2e-6);
            check_close("momentum", n, t.optim->state[0] + at, t.m2 + at, 1e-6);
        }
    }
    for (ptrdiff_t i = 40; i < 48; i++)
        assert_true(t.w[i] == (sidle_real)TWIN_PADDING);
    twin_end(&t);
}

TEST(rows_and_vectors_follow_the_formulas)
{
    sidle_optim_config c = config_of(SIDLE_REST_NORM);

    c.weight_decay = 0.5;
    check_formulas(&c, c.beta1);
}

/* As in Muon's matrices, tau updates late: beta1^(1 + tau) is the momentum's.
 */
TEST(late_gradients_are_compensated)
{
    sidle_optim_config c = config_of(SIDLE_REST_NORM);

    c.spike_compensation = 1;
    c.delay = 3.0;
    c.n_blocks = 4;
    check_formulas(&c, pow(c.beta1, 4.0));
}

static double step_of(const sidle_real *before, const sidle_real *after)
{
    double d[4];

    for (ptrdiff_t i = 0; i < 4; i++)
        d[i] = (double)after[i] - (double)before[i];
    return norm_of(4, d) / 2.0; /* root mean square */
}

/* The size of the step in a row of the table at the gradient's scale. */
static double step_at(double scale)
{
    static twin t;
    static sidle_real before[count];
    sidle_optim_config c = config_of(SIDLE_REST_NORM);
    double step;

    twin_begin(&t, &c, segments, n_segments, count, 31);
    memcpy(before, t.w, sizeof(before));
    twin_fresh_gradient(&t, 32);
    for (ptrdiff_t i = 0; i < count; i++)
        t.g[i] *= (sidle_real)scale;
    sidle_optim_step(t.optim, 1.0, t.w, t.g);
    step = step_of(before + 56, t.w + 56);
    twin_end(&t);
    return step;
}

TEST(the_size_of_a_gradient_does_not_matter)
{
    double rate = twin_config(SIDLE_MUON).lr;

    assert_true(fabs(step_at(1.0) - rate) < 0.02 * rate);
    assert_true(fabs(step_at(1e-15) - step_at(1.0)) < 1e-5 * rate);
    assert_true(fabs(step_at(1e15) - step_at(1.0)) < 1e-5 * rate);
}

TEST(a_row_that_is_not_seen_comes_to_rest)
{
    static twin t;
    static sidle_real before[count];
    sidle_optim_config c = config_of(SIDLE_REST_NORM);
    double step = 0.0, last = c.lr * 1.01;

    twin_begin(&t, &c, segments, n_segments, count, 41);
    for (int k = 0; k < 240; k++) {
        twin_fresh_gradient(&t, 42); /* the other rows go on as they were */
        for (ptrdiff_t i = 52; i < 56 && k > 0; i++)
            t.g[i] = 0;
        memcpy(before, t.w, sizeof(before));
        sidle_optim_step(t.optim, 1.0, t.w, t.g);
        step = step_of(before + 52, t.w + 52);
        assert_true(step <= last * 1.001);
        last = step;
        if (k == 0) /* one direction, and it is seen */
            assert_true(step > 0.97 * c.lr);
    }
    assert_true(step < 0.01 * c.lr);
    assert_true(step_of(before + 56, t.w + 56) > 0.97 * c.lr);
    twin_end(&t);
}

TEST(without_a_gradient_nothing_moves)
{
    static twin t;
    static sidle_real before[count];
    sidle_optim_config c = config_of(SIDLE_REST_NORM);

    twin_begin(&t, &c, segments, n_segments, count, 51);
    memcpy(before, t.w, sizeof(before));
    sidle_optim_step(t.optim, 1.0, t.w, t.g);
    assert_memory_equal(before, t.w, sizeof(before));
    twin_end(&t);
}

TEST(matrices_take_the_same_step)
{
    static twin a, b;
    sidle_optim_config c = config_of(SIDLE_REST_NADAM);

    twin_begin(&a, &c, segments, n_segments, count, 61);
    c.rest = SIDLE_REST_NORM;
    twin_begin(&b, &c, segments, n_segments, count, 61);
    for (int k = 0; k < 3; k++) {
        twin_fresh_gradient(&a, 62 + (uint64_t)k);
        twin_fresh_gradient(&b, 62 + (uint64_t)k);
        sidle_optim_step(a.optim, 1.0, a.w, a.g);
        sidle_optim_step(b.optim, 1.0, b.w, b.g);
    }
    assert_memory_equal(a.w, b.w, 32 * sizeof(sidle_real));
    assert_memory_not_equal(a.w + 32, b.w + 32, 8 * sizeof(sidle_real));
    twin_end(&a);
    twin_end(&b);
}

TEST(there_is_no_second_moment)
{
    sidle_optim_config nadam = config_of(SIDLE_REST_NADAM);
    sidle_optim_config norm = config_of(SIDLE_REST_NORM);
    size_t one = sidle_arena_round(count * sizeof(sidle_real));

    assert_int_equal(sidle_optim_n_states(&norm), 1);
    for (int s = 0; s < n_segments; s++) {
        assert_true(sidle_optim_has_state(&norm, 0, &segments[s]));
        assert_false(sidle_optim_has_state(&norm, 1, &segments[s]));
        assert_int_equal(sidle_optim_touched(&norm, &segments[s]), 7);
    }
    assert_int_equal(sidle_optim_bytes(&nadam, segments, n_segments, count),
                     sidle_optim_bytes(&norm, segments, n_segments, count) +
                         one);
    norm.clip = 0.0; /* nothing keeps a square */
    assert_true(sidle_optim_can_use(&norm, 1e60));
}

TEST(checkpoints_tell_the_rules_apart)
{
    sidle_optim_config nadam = config_of(SIDLE_REST_NADAM);
    sidle_optim_config norm = config_of(SIDLE_REST_NORM);

    assert_int_equal(sidle_optim_rule(&nadam), SIDLE_MUON);
    assert_true(sidle_optim_rule(&norm) >= SIDLE_OPTIM_N_KINDS);
    assert_true(sidle_optim_is_rule(sidle_optim_rule(&norm)));
    for (int kind = 0; kind < SIDLE_OPTIM_N_KINDS; kind++)
        assert_true(sidle_optim_is_rule(kind));
    assert_false(sidle_optim_is_rule(-1));
    assert_false(sidle_optim_is_rule(SIDLE_OPTIM_N_KINDS));
    assert_false(sidle_optim_is_rule(sidle_optim_rule(&norm) + 1));
}

TEST(only_muon_leaves_a_rest)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        sidle_optim_config c = twin_config((sidle_optim_kind)kind);

        assert_int_equal(sidle_optim_check(&c), SIDLE_OK);
        c.rest = SIDLE_REST_NORM;
        assert_int_equal(sidle_optim_check(&c),
                         kind == SIDLE_MUON ? SIDLE_OK : SIDLE_EUSAGE);
        if (kind != SIDLE_MUON)
            assert_non_null(strstr(sidle_fail_text(), "'optim.rest' norm"));
    }
}

TEST_MAIN

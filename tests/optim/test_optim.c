/* test_optim.c - every kind follows its formulas; states, decay, padding. */
#include "optim/twin.h"

/* A huge request must fail under the address sanitizer too. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

/* A matrix, a vector, an embedding table; gaps before, between and after. */
static const sidle_segment segments[] = {
    {16, 5, 7, 2, 1},
    {64, 19, 1, 1, 0},
    {96, 11, 3, 2, 0},
};
enum { n_segments = 3, count = 144 };

/* One element's update number t in double, by the published formulas. */
typedef void (*element_rule)(const sidle_optim_config *c, double t,
                             double factor, double *w, double *m, double *v,
                             double g);

static void sgd_rule(const sidle_optim_config *c, double t, double factor,
                     double *w, double *m, double *v, double g)
{
    (void)t;
    (void)m;
    *v = c->momentum * *v + g;
    *w -= c->lr * factor * (c->nesterov ? g + c->momentum * *v : *v);
}

static void adamw_rule(const sidle_optim_config *c, double t, double factor,
                       double *w, double *m, double *v, double g)
{
    *m = c->beta1 * *m + (1.0 - c->beta1) * g;
    *v = c->beta2 * *v + (1.0 - c->beta2) * g * g;
    *w -= c->lr * factor * (*m / (1.0 - pow(c->beta1, t))) /
          (sqrt(*v / (1.0 - pow(c->beta2, t))) + c->eps);
}

static void rmsprop_rule(const sidle_optim_config *c, double t, double factor,
                         double *w, double *m, double *v, double g)
{
    (void)t;
    (void)m;
    *v = c->beta2 * *v + (1.0 - c->beta2) * g * g;
    *w -= c->lr * factor * g / (sqrt(*v) + c->eps);
}

static double nadam_mu(const sidle_optim_config *c, double t)
{
    return c->beta1 * (1.0 - 0.5 * pow(0.96, t * 4e-3));
}

static void nadam_rule(const sidle_optim_config *c, double t, double factor,
                       double *w, double *m, double *v, double g)
{
    double product = 1.0, mean;

    for (double i = 1.0; i <= t; i += 1.0)
        product *= nadam_mu(c, i);
    *m = c->beta1 * *m + (1.0 - c->beta1) * g;
    *v = c->beta2 * *v + (1.0 - c->beta2) * g * g;
    mean = nadam_mu(c, t + 1.0) * *m / (1.0 - product * nadam_mu(c, t + 1.0)) +
           (1.0 - nadam_mu(c, t)) * g / (1.0 - product);
    *w -=
        c->lr * factor * mean / (sqrt(*v / (1.0 - pow(c->beta2, t))) + c->eps);
}

static void twin_step(twin *t, element_rule rule, double number, double factor)
{
    const sidle_optim_config *c = &t->optim->config;

    for (int s = 0; s < t->n_segments; s++) {
        const sidle_segment *seg = &t->segments[s];

        for (ptrdiff_t i = seg->offset; i < seg->offset + twin_size(seg); i++) {
            if (seg->n_dims == 2)
                t->w2[i] *= 1.0 - c->lr * factor * c->weight_decay;
            rule(c, number, factor, &t->w2[i], &t->m2[i], &t->v2[i], t->g2[i]);
        }
    }
}

/* Eight updates beside the twin; the first has rate 0, as a warm-up's. */
static void check_kind(const char *what, const sidle_optim_config *config,
                       element_rule rule, uint64_t seed)
{
    static twin t;

    twin_begin(&t, config, segments, n_segments, count, seed);
    for (int n = 0; n < 8; n++) {
        double factor = n / 7.0;

        twin_fresh_gradient(&t, seed * 100 + (uint64_t)n);
        sidle_optim_step(t.optim, factor, t.w, t.g);
        twin_step(&t, rule, n + 1.0, factor);
        check_close(what, count, t.w, t.w2, 2e-6);
    }
    assert_int_equal(t.optim->updates, 8);
    twin_end(&t);
}

TEST(sgd_follows_its_formulas)
{
    sidle_optim_config c = twin_config(SIDLE_SGD);

    check_kind("plain", &c, sgd_rule, 1);
    c.momentum = 0.8;
    check_kind("momentum", &c, sgd_rule, 2);
    c.nesterov = 1;
    check_kind("nesterov", &c, sgd_rule, 3);
}

TEST(adamw_follows_its_formulas)
{
    sidle_optim_config c = twin_config(SIDLE_ADAMW);

    check_kind("adamw", &c, adamw_rule, 4);
    c.beta2 = 0.999;
    c.eps = 0.1;
    check_kind("adamw, large eps", &c, adamw_rule, 5);
}

TEST(nadam_follows_its_formulas)
{
    sidle_optim_config c = twin_config(SIDLE_NADAM);

    check_kind("nadam", &c, nadam_rule, 6);
    c.beta2 = 0.999;
    c.eps = 0.1;
    check_kind("nadam, large eps", &c, nadam_rule, 7);
}

/* The first squares are not corrected: a step of 1 / sqrt(1 - beta2) rates. */
TEST(rmsprop_follows_its_formulas)
{
    sidle_optim_config c = twin_config(SIDLE_RMSPROP);

    c.momentum = 0.9; /* SGD's alone */
    check_kind("rmsprop", &c, rmsprop_rule, 30);
    c.beta2 = 0.9;
    c.eps = 0.1;
    check_kind("rmsprop, large eps", &c, rmsprop_rule, 31);
}

TEST(decay_acts_on_two_dimensions_with_every_kind)
{
    static const element_rule rules[] = {sgd_rule, adamw_rule, nadam_rule,
                                         rmsprop_rule};
    static const sidle_optim_kind kinds[] = {SIDLE_SGD, SIDLE_ADAMW,
                                             SIDLE_NADAM, SIDLE_RMSPROP};

    for (int i = 0; i < 4; i++) {
        sidle_optim_config c = twin_config(kinds[i]);

        c.weight_decay = 3.0;
        check_kind(sidle_optim_name(kinds[i]), &c, rules[i], 8 + (uint64_t)i);
    }
}

static int is_inside(ptrdiff_t at)
{
    for (int s = 0; s < n_segments; s++)
        if (at >= segments[s].offset &&
            at < segments[s].offset + twin_size(&segments[s]))
            return 1;
    return 0;
}

TEST(padding_is_never_touched)
{
    static twin t;

    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        sidle_optim_config c = twin_config((sidle_optim_kind)kind);

        c.momentum = 0.9;
        c.orthogonal = 1;
        c.orthogonal_beta = 0.9;
        c.weight_decay = 0.5;
        twin_begin(&t, &c, segments, n_segments, count, 20);
        twin_fresh_gradient(&t, 21);
        sidle_optim_step(t.optim, 1.0, t.w, t.g);
        for (ptrdiff_t i = 0; i < count; i++) {
            if (is_inside(i))
                continue;
            assert_true(t.w[i] == (sidle_real)TWIN_PADDING);
            for (int s = 0; s < t.optim->n_states; s++)
                assert_true(t.optim->state[s][i] == 0);
        }
        twin_end(&t);
    }
}

TEST(states_have_names_and_owners)
{
    sidle_optim_config sgd = twin_config(SIDLE_SGD);
    sidle_optim_config adamw = twin_config(SIDLE_ADAMW);
    sidle_optim_config muon = twin_config(SIDLE_MUON);

    assert_int_equal(sidle_optim_n_states(&sgd), 0);
    assert_false(sidle_optim_has_state(&sgd, 0, &segments[0]));
    sgd.momentum = 0.5;
    assert_int_equal(sidle_optim_n_states(&sgd), 1);
    assert_string_equal(sidle_optim_state_name(&sgd, 0), "v");
    assert_true(sidle_optim_has_state(&sgd, 0, &segments[1]));
    assert_int_equal(sidle_optim_n_states(&adamw), 2);
    assert_string_equal(sidle_optim_state_name(&adamw, 0), "m");
    assert_string_equal(sidle_optim_state_name(&adamw, 1), "v");
    assert_true(sidle_optim_has_state(&adamw, 1, &segments[0]));
    assert_int_equal(sidle_optim_n_states(&muon), 2);
    assert_true(sidle_optim_has_state(&muon, 0, &segments[0]));
    assert_false(sidle_optim_has_state(&muon, 1, &segments[0]));
    assert_true(sidle_optim_has_state(&muon, 1, &segments[1]));
    assert_true(sidle_optim_has_state(&muon, 1, &segments[2]));
    assert_false(sidle_optim_has_state(&muon, 2, &segments[2]));
}

TEST(memory_is_told_before_it_is_taken)
{
    sidle_optim_config config = twin_config(SIDLE_ADAMW);
    ptrdiff_t too_many = PTRDIFF_MAX / 64;
    sidle_optim *optim = NULL;

    assert_int_equal(sidle_optim_bytes(&config, segments, n_segments, count),
                     2 * count * sizeof(sidle_real));
    config.kind = SIDLE_MUON; /* two states, X (5, 7), four products (5, 5) */
    assert_int_equal(sidle_optim_bytes(&config, segments, n_segments, count),
                     2 * count * sizeof(sidle_real) +
                         sidle_arena_round((35 + 100) * sizeof(sidle_real)));
    assert_int_equal(
        sidle_optim_new(&config, segments, n_segments, too_many, &optim),
        SIDLE_EINTERNAL);
    assert_non_null(strstr(sidle_fail_text(), "the optimizer"));
    assert_null(optim);
    sidle_optim_free(NULL);
}

/* What a kind's row tells of the cost of an update, counted by hand. */
TEST(numbers_that_an_update_touches_are_counted)
{
    const sidle_segment matrix = {0, 5, 7, 2, 1}, vector = {0, 7, 1, 1, 0};
    sidle_optim_config c = twin_config(SIDLE_SGD);

    c.momentum = 0.0; /* w, w, g, g, g */
    assert_int_equal(sidle_optim_touched(&c, &matrix), 5);
    c.momentum = 0.9; /* v, v */
    assert_int_equal(sidle_optim_touched(&c, &matrix), 7);
    c.kind = SIDLE_ADAMW; /* m, m, v, v */
    assert_int_equal(sidle_optim_touched(&c, &matrix), 9);
    c.kind = SIDLE_NADAM;
    assert_int_equal(sidle_optim_touched(&c, &vector), 9);
    c.kind = SIDLE_MUON; /* a matrix has no v */
    assert_int_equal(sidle_optim_touched(&c, &matrix), 7);
    assert_int_equal(sidle_optim_touched(&c, &vector), 9);
    c.kind = SIDLE_RMSPROP; /* v, v */
    assert_int_equal(sidle_optim_touched(&c, &vector), 7);
    c.orthogonal = 1; /* mean, mean, mean; g, g, g */
    assert_int_equal(sidle_optim_touched(&c, &vector), 13);
    for (int kind = SIDLE_SGD; kind < SIDLE_MUON; kind++) {
        c.kind = (sidle_optim_kind)kind;
        assert_true(sidle_optim_flops(&c, &matrix) == 0.0);
    }
}

/* A square that single precision cannot hold is for a rule without squares, or
 * behind a clip. */
TEST(a_rule_that_keeps_squares_needs_them_to_fit)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        sidle_optim_config c = twin_config((sidle_optim_kind)kind);

        c.clip = 0.0;
        assert_true(sidle_optim_can_use(&c, 3e38));
        assert_int_equal(sidle_optim_can_use(&c, 4e38), kind == SIDLE_SGD);
        c.clip = 1.0;
        assert_true(sidle_optim_can_use(&c, 4e38));
    }
}

TEST(kinds_are_listed_by_name_in_the_order_of_their_numbers)
{
    const char *const *names;
    int n = sidle_optim_names(&names);

    assert_int_equal(n, SIDLE_OPTIM_N_KINDS);
    for (int i = 0; i < n; i++)
        assert_string_equal(sidle_optim_name((sidle_optim_kind)i), names[i]);
    assert_string_equal(names[SIDLE_MUON], "muon");
    assert_string_equal(names[SIDLE_RMSPROP], "rmsprop");
}

TEST(only_muon_has_a_rate_of_its_own_for_matrices)
{
    for (int kind = SIDLE_SGD; kind < SIDLE_OPTIM_N_KINDS; kind++) {
        sidle_optim_config c = twin_config((sidle_optim_kind)kind);

        c.matrix_lr = 0.25;
        assert_true(sidle_optim_matrix_lr(&c) ==
                    (kind == SIDLE_MUON ? 0.25 : 0.0));
    }
}

TEST_MAIN

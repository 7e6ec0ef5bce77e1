/* test_delay.c - remedies for late gradients: the formulas beside recursions in
 * double, and not a bit of difference where no gradient is late. */
#include "optim/twin.h"

/* A row that Muon turns, a vector, an embedding table. */
static const sidle_segment segments[] = {
    {16, 1, 37, 2, 1},
    {64, 19, 1, 1, 0},
    {96, 11, 3, 2, 0},
};
enum { n_segments = 3, count = 144, n_updates = 9 };

/* ---- what a step is, one element at a time, in double */

/* A momentum m of sgd, NAdam or Muon after the look-ahead. */
static double grown(const sidle_optim_config *c, double m)
{
    double share = c->delay / c->n_blocks;

    if (c->lookahead == 0.0)
        return m;
    return m + (c->lookahead - m) * (share < 1.0 ? share : 1.0);
}

static double late(const sidle_optim_config *c)
{
    return c->spike_compensation ? c->delay : 0.0;
}

typedef struct element {
    double *w, *m, *v, g;
    int t;
} element;

typedef void (*element_rule)(const sidle_optim_config *c, double factor,
                             element e);

/* Kosson et al.: w -= rate (a v + b g). */
static void sgd_rule(const sidle_optim_config *c, double factor, element e)
{
    double m = grown(c, c->momentum);
    int is_nesterov = c->nesterov || c->lookahead > 0.0;
    double a = pow(m, late(c) + is_nesterov);
    double b = (1.0 - a) / (1.0 - m);

    *e.v = m * *e.v + e.g;
    *e.w -=
        c->lr * factor * (1.0 - m) / (1.0 - c->momentum) * (a * *e.v + b * e.g);
}

static void adamw_rule(const sidle_optim_config *c, double factor, element e)
{
    double a = pow(c->beta1, late(c)), mean;

    *e.m = c->beta1 * *e.m + (1.0 - c->beta1) * e.g;
    *e.v = c->beta2 * *e.v + (1.0 - c->beta2) * e.g * e.g;
    mean = a * *e.m / (1.0 - pow(c->beta1, e.t)) + (1.0 - a) * e.g;
    *e.w -= c->lr * factor * mean /
            (sqrt(*e.v / (1.0 - pow(c->beta2, e.t))) + c->eps);
}

static double mu_at(double beta, int t)
{
    return beta * (1.0 - 0.5 * pow(0.96, t * 4e-3));
}

/* The moment that is not late, put in place of the late one: corrected for its
 * start, compensated, and given back the share that it had. */
static void nadam_rule(const sidle_optim_config *c, double factor, element e)
{
    double beta = grown(c, c->beta1), a = pow(beta, late(c));
    double full = 1.0 - pow(beta, e.t), product = 1.0, moment, mean;
    double now = mu_at(beta, e.t), next = mu_at(beta, e.t + 1);

    for (int i = 1; i <= e.t; i++)
        product *= mu_at(beta, i);
    *e.m = beta * *e.m + (1.0 - beta) * e.g;
    *e.v = c->beta2 * *e.v + (1.0 - c->beta2) * e.g * e.g;
    moment = (a * (*e.m / full) + (1.0 - a) * e.g) * full;
    mean = next * moment / (1.0 - product * next) +
           (1.0 - now) * e.g / (1.0 - product);
    *e.w -= c->lr * factor * mean /
            (sqrt(*e.v / (1.0 - pow(c->beta2, e.t))) + c->eps);
}

/* Muon of a single row: its singular value 1 goes five times through the
 * quintic, and its direction stays. */
static void muon_row(const sidle_optim_config *c, double factor,
                     const sidle_segment *s, twin *t)
{
    double mu = grown(c, c->matrix_momentum), size = 1.0, squares = 0.0;
    double rate = c->matrix_lr * factor, a = pow(mu, 1.0 + late(c));
    double u[64];

    for (int n = 0; n < 5; n++)
        size = 3.4445 * size - 4.7750 * pow(size, 3) + 2.0315 * pow(size, 5);
    for (ptrdiff_t i = 0; i < twin_size(s); i++) {
        ptrdiff_t at = s->offset + i;

        t->m2[at] = mu * t->m2[at] + (1.0 - mu) * t->g2[at];
        u[i] = (1.0 - a) * t->g2[at] + a * t->m2[at];
        squares += u[i] * u[i];
    }
    for (ptrdiff_t i = 0; i < twin_size(s); i++)
        t->w2[s->offset + i] =
            t->w2[s->offset + i] * (1.0 - rate * c->weight_decay) -
            rate * size * u[i] / sqrt(squares);
}

static void twin_step(twin *t, const sidle_optim_config *c, element_rule rule,
                      int number, double factor)
{
    for (int s = 0; s < t->n_segments; s++) {
        const sidle_segment *seg = &t->segments[s];

        if (c->kind == SIDLE_MUON && seg->is_matrix) {
            muon_row(c, factor, seg, t);
            continue;
        }
        for (ptrdiff_t i = seg->offset; i < seg->offset + twin_size(seg); i++) {
            if (seg->n_dims == 2)
                t->w2[i] *= 1.0 - c->lr * factor * c->weight_decay;
            rule(c, factor,
                 (element){&t->w2[i], &t->m2[i], &t->v2[i], t->g2[i], number});
        }
    }
}

static void check_rule(const char *what, const sidle_optim_config *config,
                       element_rule rule, uint64_t seed)
{
    static twin t;

    twin_begin(&t, config, segments, n_segments, count, seed);
    for (int n = 1; n <= n_updates; n++) {
        double factor = (n - 1) / 7.0;

        twin_fresh_gradient(&t, seed * 100 + (uint64_t)n);
        sidle_optim_step(t.optim, factor, t.w, t.g);
        twin_step(&t, config, rule, n, factor);
        check_close(what, count, t.w, t.w2, 2e-6);
    }
    twin_end(&t);
}

static sidle_optim_config config_of(sidle_optim_kind kind, double delay)
{
    sidle_optim_config c = twin_config(kind);

    c.momentum = kind == SIDLE_SGD ? 0.8 : 0.0;
    c.weight_decay = 0.5;
    c.delay = delay;
    c.n_blocks = 4;
    return c;
}

static const element_rule rules[] = {[SIDLE_SGD] = sgd_rule,
                                     [SIDLE_ADAMW] = adamw_rule,
                                     [SIDLE_NADAM] = nadam_rule,
                                     [SIDLE_MUON] = nadam_rule};

TEST(compensated_steps_follow_their_formulas)
{
    const double delays[] = {0.0, 0.5, 1.0, 3.0, 7.0};

    for (int kind = SIDLE_SGD; kind <= SIDLE_MUON; kind++)
        for (int i = 0; i < 5; i++) {
            sidle_optim_config c = config_of((sidle_optim_kind)kind, delays[i]);

            c.spike_compensation = 1;
            check_rule(sidle_optim_name(c.kind), &c, rules[kind],
                       (uint64_t)(10 * kind + i));
            c.nesterov = 1;
            check_rule("nesterov", &c, rules[kind],
                       (uint64_t)(50 + 10 * kind + i));
        }
}

TEST(looking_ahead_follows_its_formulas)
{
    const sidle_optim_kind kinds[] = {SIDLE_SGD, SIDLE_NADAM, SIDLE_MUON};
    const double delays[] = {0.5, 3.0, 4.0, 6.0}; /* of 4 blocks at most 4 */

    for (int k = 0; k < 3; k++)
        for (int i = 0; i < 4; i++) {
            sidle_optim_config c = config_of(kinds[k], delays[i]);

            c.lookahead = 0.97;
            check_rule(sidle_optim_name(c.kind), &c, rules[kinds[k]],
                       (uint64_t)(100 + 10 * k + i));
        }
}

/* ---- what compensation is for: an impulse that comes late */

/* Where the weight is after each update of `n`, the gradient being 1 in update
 * `at` and 0 in all others. */
static void impulse(const sidle_optim_config *config, int at, int n,
                    double *path)
{
    const sidle_segment one = {0, 1, 1, 1, 0};
    sidle_real w = 0, g;
    sidle_optim *optim;

    assert_int_equal(sidle_optim_new(config, &one, 1, 1, &optim), SIDLE_OK);
    for (int i = 0; i < n; i++) {
        g = i == at;
        sidle_optim_step(optim, 1.0, &w, &g);
        path[i] = (double)w;
    }
    sidle_optim_free(optim);
}

/* P25b: from its arrival on the weights are those of the timely gradient. */
TEST(a_late_impulse_ends_on_the_timely_path)
{
    enum { n = 30, tau = 4 };

    for (int nesterov = 0; nesterov <= 1; nesterov++) {
        sidle_optim_config c = config_of(SIDLE_SGD, 0.0);
        double timely[n], compensated[n], plain[n];

        c.momentum = 0.9;
        c.nesterov = nesterov;
        impulse(&c, 0, n, timely);
        c.delay = tau;
        impulse(&c, tau, n, plain);
        c.spike_compensation = 1;
        impulse(&c, tau, n, compensated);
        for (int i = 0; i < n; i++) {
            double expected = i < tau ? 0.0 : timely[i];

            assert_true(fabs(compensated[i] - expected) < 1e-6);
            assert_true(i < tau || fabs(plain[i] - expected) > 1e-3);
        }
    }
}

/* P25: a gradient moves the weights by rate / (1 - m) in all, however late,
 * also by a part of an update. */
TEST(a_gradient_keeps_its_weight)
{
    enum { n = 200 };
    const double delays[] = {0.25, 1.0, 2.5, 14.0};

    for (int i = 0; i < 4; i++) {
        sidle_optim_config c = config_of(SIDLE_SGD, delays[i]);
        double path[n];

        c.spike_compensation = 1;
        impulse(&c, 3, n, path);
        assert_true(fabs(path[n - 1] + c.lr / (1.0 - c.momentum)) < 1e-5);
    }
}

/* ---- nothing is late */

static void assert_same_bits(const sidle_optim_config *a,
                             const sidle_optim_config *b)
{
    static twin x, y;

    twin_begin(&x, a, segments, n_segments, count, 7);
    twin_begin(&y, b, segments, n_segments, count, 7);
    for (int n = 0; n < n_updates; n++) {
        twin_fresh_gradient(&x, 70 + (uint64_t)n);
        twin_fresh_gradient(&y, 70 + (uint64_t)n);
        sidle_optim_step(x.optim, 0.5, x.w, x.g);
        sidle_optim_step(y.optim, 0.5, y.w, y.g);
        assert_memory_equal(x.w, y.w, sizeof(x.w));
    }
    twin_end(&x);
    twin_end(&y);
}

TEST(without_delay_no_remedy_changes_a_bit)
{
    for (int kind = SIDLE_SGD; kind <= SIDLE_MUON; kind++)
        for (int nesterov = 0; nesterov <= 1; nesterov++) {
            sidle_optim_config off = config_of((sidle_optim_kind)kind, 0.0);
            sidle_optim_config on;

            off.nesterov = nesterov;
            on = off;
            on.spike_compensation = 1;
            assert_same_bits(&on, &off);
            on = off;
            on.lookahead = 0.99;
            on.delay_rescale = 100;
            assert_same_bits(&on, &off);
            assert_true(sidle_delay_factor(&on, 0) == 1.0);
        }
}

TEST(switched_off_a_delay_changes_no_bit)
{
    for (int kind = SIDLE_SGD; kind <= SIDLE_MUON; kind++) {
        sidle_optim_config late_one = config_of((sidle_optim_kind)kind, 3.0);
        sidle_optim_config timely = config_of((sidle_optim_kind)kind, 0.0);

        assert_same_bits(&late_one, &timely);
        assert_true(sidle_delay_factor(&late_one, 0) == 1.0);
    }
}

/* ---- rates divided by the delay */

TEST(rescaled_rates_rise_to_the_whole)
{
    sidle_optim_config c = config_of(SIDLE_MUON, 6.0);

    c.delay_rescale = 10;
    for (int k = 0; k < 15; k++) {
        double left = 1.0 - (k < 10 ? k / 10.0 : 1.0);

        assert_true(fabs(sidle_delay_factor(&c, k) - 1.0 / pow(6.0, left)) <
                    1e-15);
    }
    assert_true(sidle_delay_factor(&c, 0) == 1.0 / 6.0);
    assert_true(sidle_delay_factor(&c, 10) == 1.0);
    c.delay = 0.75; /* less than an update divides nothing */
    assert_true(sidle_delay_factor(&c, 0) == 1.0);
}

TEST(remedies_that_fit_are_accepted)
{
    for (int kind = SIDLE_SGD; kind <= SIDLE_MUON; kind++) {
        sidle_optim_config c = config_of((sidle_optim_kind)kind, 0.0);

        c.delay_rescale = 10;
        c.predict = 1;
        c.spike_compensation = 1;
        assert_int_equal(sidle_optim_check(&c), SIDLE_OK);
        c.spike_compensation = 0;
        c.lookahead = 0.95;
        if (kind != SIDLE_ADAMW)
            assert_int_equal(sidle_optim_check(&c), SIDLE_OK);
    }
}

TEST(remedies_that_do_not_fit_are_refused)
{
    sidle_optim_config c = config_of(SIDLE_SGD, 0.0);

    c.momentum = 0.0;
    assert_int_equal(sidle_optim_check(&c), SIDLE_OK);
    c.spike_compensation = 1;
    assert_int_equal(sidle_optim_check(&c), SIDLE_EUSAGE);
    c.spike_compensation = 0;
    c.lookahead = 0.9;
    assert_int_equal(sidle_optim_check(&c), SIDLE_EUSAGE);
    c.momentum = 0.95;
    assert_int_equal(sidle_optim_check(&c), SIDLE_EUSAGE);
    c = config_of(SIDLE_ADAMW, 0.0);
    c.lookahead = 0.99;
    assert_int_equal(sidle_optim_check(&c), SIDLE_EUSAGE);
    c = config_of(SIDLE_MUON, 0.0);
    c.lookahead = 0.99;
    c.spike_compensation = 1;
    assert_int_equal(sidle_optim_check(&c), SIDLE_EUSAGE);
}

TEST_MAIN

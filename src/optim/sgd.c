/* sgd.c - gradient descent, plain, with momentum, or Nesterov's. */
#include "optim/optim_inside.h"

static int has_velocity(const sidle_optim_config *config)
{
    return config->momentum != 0.0;
}

static void step_plain(ptrdiff_t n, sidle_real keep, sidle_real rate,
                       sidle_real *restrict w, const sidle_real *restrict g)
{
    for (ptrdiff_t i = 0; i < n; i++)
        w[i] = keep * w[i] - rate * g[i];
}

static void step_momentum(ptrdiff_t n, sidle_real keep, sidle_real rate,
                          sidle_real momentum, sidle_real *restrict w,
                          sidle_real *restrict v, const sidle_real *restrict g)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        v[i] = momentum * v[i] + g[i];
        w[i] = keep * w[i] - rate * v[i];
    }
}

/* Looks ahead: the velocity's next change is made at once. */
static void step_nesterov(ptrdiff_t n, sidle_real keep, sidle_real rate,
                          sidle_real momentum, sidle_real *restrict w,
                          sidle_real *restrict v, const sidle_real *restrict g)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        v[i] = momentum * v[i] + g[i];
        w[i] = keep * w[i] - rate * (g[i] + momentum * v[i]);
    }
}

/* A late gradient gets at once what it missed. */
static void step_compensated(ptrdiff_t n, sidle_real keep, sidle_real rate,
                             sidle_real momentum, sidle_real from_v,
                             sidle_real from_g, sidle_real *restrict w,
                             sidle_real *restrict v,
                             const sidle_real *restrict g)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        v[i] = momentum * v[i] + g[i];
        w[i] = keep * w[i] - rate * (from_v * v[i] + from_g * g[i]);
    }
}

static void sgd_step(sidle_optim *optim, double factor, sidle_real *w,
                     sidle_real *g)
{
    const sidle_optim_config *c = &optim->config;
    double lr = c->lr * factor;
    double share = sidle_momentum_share(c, c->momentum, c->nesterov);
    sidle_real rate = (sidle_real)(lr * optim->discount);
    sidle_real momentum = (sidle_real)c->momentum;
    sidle_real from_v = (sidle_real)share;
    sidle_real from_g = (sidle_real)((1.0 - share) / (1.0 - c->momentum));

    for (int i = 0; i < optim->n_segments; i++) {
        const sidle_segment *s = &optim->segments[i];
        ptrdiff_t n = s->rows * s->cols, at = s->offset;
        /* By lr, not by rate: weight decay has no momentum that was raised. */
        sidle_real keep = sidle_optim_keep(optim, s, lr);

        if (!has_velocity(c))
            step_plain(n, keep, rate, w + at, g + at);
        else if (sidle_is_compensated(c))
            step_compensated(n, keep, rate, momentum, from_v, from_g, w + at,
                             optim->state[0] + at, g + at);
        else if (c->nesterov)
            step_nesterov(n, keep, rate, momentum, w + at, optim->state[0] + at,
                          g + at);
        else
            step_momentum(n, keep, rate, momentum, w + at, optim->state[0] + at,
                          g + at);
    }
}

static sidle_status sgd_check_lookahead(const sidle_optim_config *config)
{
    return sidle_optim_raises(config, "optim.momentum", config->momentum);
}

const sidle_optim_ops sidle_sgd_ops = {
    .name = "sgd",
    .state_names = {"v"},
    .n_states = has_velocity,
    .has_momentum = has_velocity,
    .check_lookahead = sgd_check_lookahead,
    .step = sgd_step,
};

/* rmsprop.c - steps divided by the root of the gradient's running mean square,
 * without momentum and without a correction for the start.
 *
 * On a stream neighbouring gradients are alike: a momentum adds nothing that
 * the next gradient does not bring, and where gradients are late it makes the
 * largest stable rate smaller.
 * Source: Tieleman and Hinton 2012; Carreira et al., arXiv:2312.00598, who
 *          find it the best rule for one continuous stream. */
#include "optim/optim_inside.h"

#include <tgmath.h>

static int rmsprop_n_states(const sidle_optim_config *config)
{
    (void)config;
    return 1;
}

static int rmsprop_has_momentum(const sidle_optim_config *config)
{
    (void)config;
    return 0;
}

typedef struct rmsprop_step {
    sidle_real rate, beta2, fresh2, eps; /* fresh2: 1 - beta2 */
} rmsprop_step;

static void rmsprop_array(ptrdiff_t n, const rmsprop_step *step,
                          sidle_real keep, sidle_real *restrict w,
                          sidle_real *restrict v, const sidle_real *restrict g)
{
    const rmsprop_step s = *step;

    for (ptrdiff_t i = 0; i < n; i++) {
        v[i] = s.beta2 * v[i] + s.fresh2 * (g[i] * g[i]);
        w[i] = keep * w[i] - s.rate * g[i] / (sqrt(v[i]) + s.eps);
    }
}

static void rmsprop_update(sidle_optim *optim, double factor, sidle_real *w,
                           sidle_real *g)
{
    const sidle_optim_config *c = &optim->config;
    double rate = c->lr * factor;
    const rmsprop_step step = {.rate = (sidle_real)rate,
                               .beta2 = (sidle_real)c->beta2,
                               .fresh2 = (sidle_real)(1.0 - c->beta2),
                               .eps = (sidle_real)c->eps};

    for (int i = 0; i < optim->n_segments; i++) {
        const sidle_segment *s = &optim->segments[i];
        ptrdiff_t at = s->offset;

        rmsprop_array(s->rows * s->cols, &step,
                      sidle_optim_keep(optim, s, rate), w + at,
                      optim->state[0] + at, g + at);
    }
}

/* The check of the momentum comes first and refuses every look-ahead. */
static sidle_status rmsprop_check_lookahead(const sidle_optim_config *config)
{
    return sidle_optim_raises(config, "optim.momentum", 1.0);
}

const sidle_optim_ops sidle_rmsprop_ops = {
    .name = "rmsprop",
    .state_names = {"v"},
    .n_states = rmsprop_n_states,
    .has_momentum = rmsprop_has_momentum,
    .can_use = sidle_optim_fits_single,
    .check_lookahead = rmsprop_check_lookahead,
    .step = rmsprop_update,
};

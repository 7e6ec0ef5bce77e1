/* adamw.c - Adam with decoupled decay (Loshchilov and Hutter, ICLR 2019). */
#include "optim/optim_inside.h"

#include <tgmath.h>

typedef struct adamw_step {
    double rate;
    sidle_real beta1, beta2, eps;
    sidle_real fresh1, fresh2; /* 1 - beta1, 1 - beta2 */
    sidle_real size;           /* rate / (1 - beta1^t) */
    sidle_real unbias;         /* 1 / sqrt(1 - beta2^t) */
    /* Of a late gradient that is compensated: rate times what the step takes
     * from the gradient; size is then what it takes from the moment. */
    sidle_real size_g;
} adamw_step;

static adamw_step adamw_begin(const sidle_optim *optim, double factor)
{
    const sidle_optim_config *c = &optim->config;
    /* This update is counted already: t begins at 1. */
    double t = (double)optim->updates;
    double rate = c->lr * factor;
    double share = sidle_momentum_share(c, c->beta1, 0);

    return (adamw_step){
        .rate = rate,
        .beta1 = (sidle_real)c->beta1,
        .beta2 = (sidle_real)c->beta2,
        .fresh1 = (sidle_real)(1.0 - c->beta1),
        .fresh2 = (sidle_real)(1.0 - c->beta2),
        .eps = (sidle_real)c->eps,
        .size = (sidle_real)(rate * share / (1.0 - pow(c->beta1, t))),
        .size_g = (sidle_real)(rate * (1.0 - share)),
        .unbias = (sidle_real)(1.0 / sqrt(1.0 - pow(c->beta2, t))),
    };
}

static void adamw_array(ptrdiff_t n, const adamw_step *step, sidle_real keep,
                        sidle_real *restrict w, sidle_real *restrict m,
                        sidle_real *restrict v, const sidle_real *restrict g)
{
    const adamw_step s = *step;

    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = s.beta1 * m[i] + s.fresh1 * g[i];
        v[i] = s.beta2 * v[i] + s.fresh2 * (g[i] * g[i]);
        w[i] = keep * w[i] - s.size * m[i] / (sqrt(v[i]) * s.unbias + s.eps);
    }
}

static void compensated_array(ptrdiff_t n, const adamw_step *step,
                              sidle_real keep, sidle_real *restrict w,
                              sidle_real *restrict m, sidle_real *restrict v,
                              const sidle_real *restrict g)
{
    const adamw_step s = *step;

    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = s.beta1 * m[i] + s.fresh1 * g[i];
        v[i] = s.beta2 * v[i] + s.fresh2 * (g[i] * g[i]);
        w[i] = keep * w[i] - (s.size * m[i] + s.size_g * g[i]) /
                                 (sqrt(v[i]) * s.unbias + s.eps);
    }
}

static void adamw_update(sidle_optim *optim, double factor, sidle_real *w,
                         sidle_real *g)
{
    adamw_step step = adamw_begin(optim, factor);

    for (int i = 0; i < optim->n_segments; i++) {
        const sidle_segment *s = &optim->segments[i];
        ptrdiff_t at = s->offset, n = s->rows * s->cols;
        sidle_real keep = sidle_optim_keep(optim, s, step.rate);
        sidle_real *m = optim->state[0] + at, *v = optim->state[1] + at;

        if (sidle_is_compensated(&optim->config))
            compensated_array(n, &step, keep, w + at, m, v, g + at);
        else
            adamw_array(n, &step, keep, w + at, m, v, g + at);
    }
}

static sidle_status adamw_check_lookahead(const sidle_optim_config *config)
{
    (void)config;
    return sidle_fail(SIDLE_EUSAGE,
                      "'optim.lookahead' needs a Nesterov step, which "
                      "'optim.kind' adamw has not; nadam is AdamW with the "
                      "look-ahead: set optim.kind=nadam");
}

const sidle_optim_ops sidle_adamw_ops = {
    .name = "adamw",
    .state_names = {"m", "v"},
    .n_states = sidle_optim_two_states,
    .can_use = sidle_optim_fits_single,
    .check_lookahead = adamw_check_lookahead,
    .step = adamw_update,
};

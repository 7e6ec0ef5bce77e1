/* nadam.c - Adam with Nesterov's momentum (Dozat, ICLR workshop 2016).
 *
 * The momentum of update t is mu_t = beta1 (1 - 0.96^(t psi) / 2), psi = 4e-3,
 * and the step looks one update ahead with mu_(t+1), as PyTorch's NAdam with
 * decoupled decay. */
#include "optim/optim_inside.h"

#include <tgmath.h>

static const double momentum_decay = 4e-3;

static double momentum_at(const sidle_optim_config *config, int64_t update)
{
    return config->beta1 *
           (1.0 - 0.5 * pow(0.96, (double)update * momentum_decay));
}

sidle_nadam_step sidle_nadam_begin(sidle_optim *optim, double factor)
{
    const sidle_optim_config *c = &optim->config;
    double now = momentum_at(c, optim->updates);
    double next = momentum_at(c, optim->updates + 1);
    double rate = c->lr * factor;
    double share = sidle_momentum_share(c, c->beta1, 0);
    double held = 1.0 - pow(c->beta1, (double)optim->updates); /* in m */
    double from_m;

    /* mu_1 .. mu_t multiplied: what NAdam divides by, as Adam by its powers. */
    optim->product *= now;
    from_m = rate * next / (1.0 - optim->product * next);
    return (sidle_nadam_step){
        .rate = rate,
        .beta1 = (sidle_real)c->beta1,
        .beta2 = (sidle_real)c->beta2,
        .fresh1 = (sidle_real)(1.0 - c->beta1),
        .fresh2 = (sidle_real)(1.0 - c->beta2),
        .eps = (sidle_real)c->eps,
        .unbias =
            (sidle_real)(1.0 / (1.0 - pow(c->beta2, (double)optim->updates))),
        .from_g = (sidle_real)(rate * (1.0 - now) / (1.0 - optim->product) +
                               from_m * (1.0 - share) * held),
        .from_m = (sidle_real)(from_m * share),
    };
}

static void nadam_array(ptrdiff_t n, const sidle_nadam_step *step,
                        sidle_real keep, sidle_real *restrict w,
                        sidle_real *restrict m, sidle_real *restrict v,
                        const sidle_real *restrict g)
{
    const sidle_nadam_step s = *step;

    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = s.beta1 * m[i] + s.fresh1 * g[i];
        v[i] = s.beta2 * v[i] + s.fresh2 * (g[i] * g[i]);
        w[i] = keep * w[i] - (s.from_g * g[i] + s.from_m * m[i]) /
                                 (sqrt(v[i] * s.unbias) + s.eps);
    }
}

void sidle_nadam_segment(const sidle_optim *optim, const sidle_nadam_step *step,
                         const sidle_segment *segment, sidle_real *w,
                         const sidle_real *g)
{
    ptrdiff_t at = segment->offset;

    nadam_array(segment->rows * segment->cols, step,
                sidle_optim_keep(optim, segment, step->rate), w + at,
                optim->state[0] + at, optim->state[1] + at, g + at);
}

static void nadam_update(sidle_optim *optim, double factor, sidle_real *w,
                         sidle_real *g)
{
    sidle_nadam_step step = sidle_nadam_begin(optim, factor);

    for (int i = 0; i < optim->n_segments; i++)
        sidle_nadam_segment(optim, &step, &optim->segments[i], w, g);
}

static sidle_status nadam_check_lookahead(const sidle_optim_config *config)
{
    return sidle_optim_raises(config, "optim.beta1", config->beta1);
}

const sidle_optim_ops sidle_nadam_ops = {
    .name = "nadam",
    .state_names = {"m", "v"},
    .n_states = sidle_optim_two_states,
    .can_use = sidle_optim_fits_single,
    .check_lookahead = nadam_check_lookahead,
    .step = nadam_update,
};

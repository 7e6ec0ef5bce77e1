/* delay.c - remedies for gradients that are tau updates late.
 *
 * Spike compensation. A momentum spreads a gradient over the updates to come,
 * m^j of it in update j. A gradient that is tau updates late has missed the
 * first tau of them; it gets them at once: w -= rate (a v + b g), a = m^tau,
 * b = (1 - a) / (1 - m). What a gradient moves in all, 1 / (1 - m), stays, and
 * from then on the weights are those that the timely gradient had made. A
 * moment that is an average has (1 - m) in it: a M + (1 - a) G. Nesterov's step
 * is the case of one update, so it adds one to tau. Where the average is
 * corrected for its start, so is the part that the gradient takes over: it
 * stands for 1 - beta1^t like the moment.
 *
 * Look-ahead. The late gradient is taken where Nesterov's step left the
 * weights tau updates ago; the longer the delay, the nearer to 1 the momentum:
 * m_i = m + (lookahead - m) min(tau / D, 1), and the gradient counts 1 - m_i.
 *
 * Source: Kosson et al., arXiv:2003.11666; Ajanthan et al., arXiv:2505.01099,
 * whose momentum is graded by the stage as here. */
#include "optim/optim_inside.h"

#include <math.h>

double sidle_delay_factor(const sidle_optim_config *config, int64_t update)
{
    double left;

    if (update >= config->delay_rescale || config->delay <= 1.0)
        return 1.0;
    /* PipeMare, arXiv:1910.05124, technique 1; a delay of 1 or
     * less slows nothing. */
    left = 1.0 - (double)update / (double)config->delay_rescale;
    return pow(config->delay, -left);
}

int sidle_is_compensated(const sidle_optim_config *config)
{
    return config->spike_compensation && config->delay > 0.0;
}

double sidle_momentum_share(const sidle_optim_config *config, double momentum,
                            int ahead)
{
    double delay = sidle_is_compensated(config) ? config->delay : 0.0;

    return pow(momentum, (double)ahead + delay);
}

static double raised(const sidle_optim_config *config, double momentum)
{
    double share = config->delay / (double)config->n_blocks;

    return momentum + (config->lookahead - momentum) * fmin(share, 1.0);
}

sidle_optim_config sidle_optim_raised(const sidle_optim_config *config)
{
    sidle_optim_config c = *config;

    if (c.lookahead == 0.0 || c.delay == 0.0)
        return c;
    c.momentum = raised(config, c.momentum);
    c.beta1 = raised(config, c.beta1);
    c.matrix_momentum = raised(config, c.matrix_momentum);
    c.nesterov = 1;
    return c;
}

/* ---- what fits together */

static sidle_status check_momentum(const sidle_optim_config *config,
                                   const char *key)
{
    const sidle_optim_ops *ops = sidle_optim_row(config->kind);

    if (ops->has_momentum == NULL || ops->has_momentum(config))
        return SIDLE_OK;
    if (config->kind != SIDLE_SGD)
        return sidle_fail(SIDLE_EUSAGE,
                          "'%s' acts on a momentum, and 'optim.kind' %s never "
                          "has one; use another optim.kind, or leave %s out",
                          key, ops->name, key);
    return sidle_fail(SIDLE_EUSAGE,
                      "'%s' acts on a momentum, and 'optim.kind' %s with "
                      "'optim.momentum' 0 has none; set optim.momentum, for "
                      "example to 0.9, or leave %s out",
                      key, sidle_optim_name(config->kind), key);
}

sidle_status sidle_optim_raises(const sidle_optim_config *config,
                                const char *key, double momentum)
{
    if (config->lookahead >= momentum)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'optim.lookahead' is %g, less than '%s' %g, which it is "
                      "to raise with the delay; set it higher, for example to "
                      "0.99",
                      config->lookahead, key, momentum);
}

static sidle_status check_lookahead(const sidle_optim_config *config)
{
    SIDLE_TRY(check_momentum(config, "optim.lookahead"));
    if (config->spike_compensation)
        return sidle_fail(SIDLE_EUSAGE,
                          "'optim.lookahead' and 'optim.spike_compensation' "
                          "both remake the momentum for the delay: at the "
                          "raised momentum the compensation would undo the "
                          "look-ahead; choose one of them");
    return sidle_optim_row(config->kind)->check_lookahead(config);
}

sidle_status sidle_delay_check(const sidle_optim_config *config)
{
    if (config->spike_compensation)
        SIDLE_TRY(check_momentum(config, "optim.spike_compensation"));
    return config->lookahead > 0.0 ? check_lookahead(config) : SIDLE_OK;
}

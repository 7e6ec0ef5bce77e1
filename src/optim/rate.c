/* rate.c - the schedule of the learning rate, by updates made. */
#include "optim/optim.h"

#include <math.h>

static const double pi = 3.14159265358979323846;

/* How much of the way from 1 to final_lr is left at part `x` of the decay. */
static double left_at(sidle_decay_kind decay, double x)
{
    switch (decay) {
    case SIDLE_DECAY_CONSTANT:
        return 1.0;
    case SIDLE_DECAY_LINEAR:
        return 1.0 - x;
    case SIDLE_DECAY_COSINE:
        return 0.5 * (1.0 + cos(pi * x));
    }
    SIDLE_DIE(SIDLE_EINTERNAL, "unknown kind of decay %d", (int)decay);
}

double sidle_rate_factor(const sidle_optim_config *config, int64_t update)
{
    double x, left;

    if (update < config->warmup)
        return (double)update / (double)config->warmup;
    x = (double)(update - config->warmup) / (double)config->decay_steps;
    /* Behind decay_steps the rate stays at its last value. */
    left = left_at(config->decay, x < 1.0 ? x : 1.0);
    return left + config->final_lr * (1.0 - left);
}

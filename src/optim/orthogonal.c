/* orthogonal.c - a gradient without its part along the running mean of the
 * gradients before.
 *
 * Gradients of neighbouring frames point nearly the same way, and their steps
 * add up to one much too long; what is left here is what the newest frame says
 * that the ones before did not. Per tensor, c being the mean:
 *
 *     u = g - c (c . g) / (c . c + eps),   c <- b c + (1 - b) g
 *
 * The rule of the optimizer then sees u for g. The mean begins at zero, so the
 * first gradient is left as it is. Products are sums in double, in the order of
 * the tensor: the result does not depend on the ranks.
 * Source: Han et al., arXiv:2504.01961. */
#include "optim/optim_inside.h"

#include "math/vector.h"

static void turn(ptrdiff_t n, double along, double beta, sidle_real *restrict c,
                 sidle_real *restrict g)
{
    sidle_real b = (sidle_real)beta, fresh = (sidle_real)(1.0 - beta);

    for (ptrdiff_t i = 0; i < n; i++) {
        /* In double: what is left is the small difference of two numbers. */
        double u = (double)g[i] - along * (double)c[i];

        c[i] = b * c[i] + fresh * g[i];
        g[i] = (sidle_real)u;
    }
}

void sidle_orthogonal_apply(const sidle_optim *optim, sidle_real *g)
{
    const sidle_optim_config *config = &optim->config;
    sidle_real *mean = optim->state[optim->n_states - 1];

    for (int i = 0; i < optim->n_segments; i++) {
        const sidle_segment *s = &optim->segments[i];
        ptrdiff_t n = s->rows * s->cols;
        sidle_real *c = mean + s->offset, *of = g + s->offset;

        turn(n, sidle_dot(n, c, of) / (sidle_sum_squares(n, c) + config->eps),
             config->orthogonal_beta, c, of);
    }
}

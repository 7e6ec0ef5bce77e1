/* norm.c - steps of a fixed size, for what Muon does not turn (Pethick et al.,
 * Scion, arXiv:2502.07529): each row of a table, and each vector as a whole, is
 * stepped along its Nesterov momentum u with a root mean square of 1 times the
 * rate. NAdam's step depends on squares of gradients over 1 / (1 - beta2)
 * updates; this one on the direction alone, as that of the matrices does.
 *
 * A row that has not been seen for long still has a direction, which tells less
 * and less: u_r sqrt(d) / (|u_r| + damping R), R the root mean square of the
 * rows' norms in this table, shrinks with the row's share in the momentum. The
 * step needs no state besides m, and no scale of the gradient matters. */
#include "optim/optim_inside.h"

#include "math/vector.h"

#include <math.h>

static const double damping = 0.01;

/* For a row of zeros, where nothing else is below. */
static const double tiny = 1e-30;

/* M <- beta M + (1 - beta) G, then G <- (1 - s) G + s M. */
static void look_ahead(ptrdiff_t n, double beta1, double share,
                       sidle_real *restrict m, sidle_real *restrict g)
{
    sidle_real beta = (sidle_real)beta1, fresh = (sidle_real)(1.0 - beta1);
    sidle_real from_m = (sidle_real)share, from_g = (sidle_real)(1.0 - share);

    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = beta * m[i] + fresh * g[i];
        g[i] = from_g * g[i] + from_m * m[i];
    }
}

/* In double: the inverse of a very small norm overflows float. */
static void apply(ptrdiff_t n, sidle_real keep, double by,
                  sidle_real *restrict w, const sidle_real *restrict u)
{
    for (ptrdiff_t i = 0; i < n; i++)
        w[i] = keep * w[i] - (sidle_real)(by * (double)u[i]);
}

void sidle_norm_segment(const sidle_optim *optim, double factor,
                        const sidle_segment *segment, sidle_real *w,
                        sidle_real *g)
{
    const sidle_optim_config *c = &optim->config;
    ptrdiff_t at = segment->offset, n = segment->rows * segment->cols;
    ptrdiff_t rows = segment->n_dims == 2 ? segment->rows : 1, d = n / rows;
    double rate = c->lr * factor, floor = tiny;
    sidle_real keep = sidle_optim_keep(optim, segment, rate);

    look_ahead(n, c->beta1, sidle_momentum_share(c, c->beta1, 1),
               optim->state[0] + at, g + at);
    if (rows > 1)
        floor += damping * sqrt(sidle_sum_squares(n, g + at) / (double)rows);
    for (ptrdiff_t r = at; r < at + n; r += d) {
        double norm = sqrt(sidle_sum_squares(d, g + r));

        apply(d, keep, rate * sqrt((double)d) / (norm + floor), w + r, g + r);
    }
}

/* muon.c - momentum whose matrices are made orthogonal (Jordan et al. 2024;
 * Liu et al., arXiv:2502.16982). All that is no matrix inside a layer takes
 * the step of nadam.c, or of norm.c.
 *
 * Five Newton-Schulz steps bring the singular values of the Nesterov momentum
 * near 1. They run on the wide orientation, where A = X X^T is the smaller
 * product; a tall matrix is viewed transposed, nothing is moved. All that a
 * step multiplies X with is a polynomial of A, so a long X is left alone: the
 * steps run on A and on the product Q of the polynomials, and X <- Q X once,
 * which halves the work of a matrix four times as long as wide. */
#include "optim/optim_inside.h"

#include "base/number.h"
#include "base/poke.h"
#include "math/gemm.h"
#include "math/vector.h"

#include <string.h>
#include <tgmath.h>

#define N_NEWTON_SCHULZ 5

/* Of X <- a X + (b A + c A^2) X, A = X X^T. */
static const sidle_real quintic_a = (sidle_real)3.4445;
static const sidle_real quintic_b = (sidle_real)-4.7750;
static const sidle_real quintic_c = (sidle_real)2.0315;

static int is_turned(const sidle_segment *segment)
{
    return segment->is_matrix && segment->n_dims == 2;
}

static int is_rest_normed(const sidle_optim_config *config)
{
    return config->rest == SIDLE_REST_NORM;
}

/* Only NAdam needs v. */
static int muon_n_states(const sidle_optim_config *config)
{
    return is_rest_normed(config) ? 1 : 2;
}

static int muon_can_use(const sidle_optim_config *config, double squares)
{
    return is_rest_normed(config) || sidle_optim_fits_single(config, squares);
}

static int muon_has_state(int state, const sidle_segment *segment)
{
    return state == 0 || !is_turned(segment);
}

static ptrdiff_t short_side(const sidle_segment *s)
{
    return sidle_smaller(s->rows, s->cols);
}

static ptrdiff_t long_side(const sidle_segment *s)
{
    return sidle_larger(s->rows, s->cols);
}

/* For X (m, n): m^2 (2 n + 17 m) multiplications, or m^2 (10 n + 5 m). */
static int gains_from_gram(const sidle_segment *s)
{
    return 2 * long_side(s) >= 3 * short_side(s);
}

static double muon_flops(const sidle_segment *s)
{
    double m = (double)short_side(s), n = (double)long_side(s);
    double k = N_NEWTON_SCHULZ;

    if (!is_turned(s))
        return 0.0;
    /* On the Gram matrix: X X^T and Q X of m^2 n; a square of A each step, and
     * from the second on A P, P (A P) and P Q of m^3. */
    if (gains_from_gram(s))
        return 2.0 * m * m * (2.0 * n + (k + 3.0 * (k - 1.0)) * m);
    /* On X: X X^T and P X of m^2 n, and a square of A of m^3. */
    return 2.0 * m * m * k * (2.0 * n + m);
}

static double muon_matrix_lr(const sidle_optim_config *config)
{
    return config->matrix_lr;
}

/* The result, and four products (side, side). */
static ptrdiff_t muon_scratch(const sidle_segment *segments, int n_segments)
{
    ptrdiff_t largest = 0;

    for (int i = 0; i < n_segments; i++) {
        const sidle_segment *s = &segments[i];
        ptrdiff_t side = short_side(s);
        ptrdiff_t need = s->rows * s->cols + 4 * side * side;

        if (is_turned(s) && need > largest)
            largest = need;
    }
    return largest;
}

/* M <- mu M + (1 - mu) G, then G <- (1 - mu) G + mu M. */
static void nesterov(ptrdiff_t n, double momentum, sidle_real *restrict m,
                     sidle_real *restrict g)
{
    sidle_real mu = (sidle_real)momentum, fresh = (sidle_real)(1.0 - momentum);

    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = mu * m[i] + fresh * g[i];
        g[i] = fresh * g[i] + mu * m[i];
    }
}

/* The same where a late gradient is compensated: G <- (1 - s) G + s M, s being
 * what is left of mu. A loop of its own, so that the other keeps its bits. */
static void compensated(ptrdiff_t n, double momentum, double share,
                        sidle_real *restrict m, sidle_real *restrict g)
{
    sidle_real mu = (sidle_real)momentum, fresh = (sidle_real)(1.0 - momentum);
    sidle_real from_m = (sidle_real)share, from_g = (sidle_real)(1.0 - share);

    for (ptrdiff_t i = 0; i < n; i++) {
        m[i] = mu * m[i] + fresh * g[i];
        g[i] = from_g * g[i] + from_m * m[i];
    }
}

/* poly = a I + b A + c A^2. */
static void quintic(sidle_mat gram, sidle_mat poly)
{
    memcpy(poly.p, gram.p, (size_t)(gram.rows * gram.cols) * sizeof(*poly.p));
    sidle_gemm(quintic_c, gram, gram, quintic_b, poly);
    for (ptrdiff_t i = 0; i < poly.rows; i++)
        poly.p[i * (poly.cols + 1)] += quintic_a;
}

static void swap(sidle_mat *a, sidle_mat *b)
{
    sidle_mat c = *a;

    *a = *b;
    *b = c;
}

/* The steps as they are defined. Answers which of x and y is the result. */
static const sidle_real *steps_on_x(sidle_mat x, sidle_mat y,
                                    sidle_real *products)
{
    sidle_mat gram = sidle_mat_of(products, x.rows, x.rows);
    sidle_mat poly = sidle_mat_of(products + x.rows * x.rows, x.rows, x.rows);

    for (int i = 0; i < N_NEWTON_SCHULZ; i++) {
        sidle_gemm(1, x, sidle_mat_t(x), 0, gram);
        quintic(gram, poly);
        sidle_gemm(1, poly, x, 0, y);
        swap(&x, &y);
    }
    return x.p;
}

/* The same on A and Q alone: A <- P A P and Q <- P Q, at last y = Q x. */
static const sidle_real *steps_on_gram(sidle_mat x, sidle_mat y,
                                       sidle_real *products)
{
    ptrdiff_t side = x.rows, size = side * side;
    sidle_mat gram = sidle_mat_of(products, side, side);
    sidle_mat poly = sidle_mat_of(products + size, side, side);
    sidle_mat all = sidle_mat_of(products + 2 * size, side, side);
    sidle_mat next = sidle_mat_of(products + 3 * size, side, side);

    sidle_gemm(1, x, sidle_mat_t(x), 0, gram);
    quintic(gram, all);
    memcpy(poly.p, all.p, (size_t)size * sizeof(*poly.p));
    for (int i = 1; i < N_NEWTON_SCHULZ; i++) {
        sidle_gemm(1, gram, poly, 0, next);
        sidle_gemm(1, poly, next, 0, gram);
        quintic(gram, poly);
        sidle_gemm(1, poly, all, 0, next);
        swap(&all, &next);
    }
    sidle_gemm(1, all, x, 0, y);
    return y.p;
}

static sidle_mat wide_view(const sidle_segment *s, sidle_real *p)
{
    sidle_mat x = sidle_mat_of(p, s->rows, s->cols);

    return s->rows > s->cols ? sidle_mat_t(x) : x;
}

/* Answers where the result lies: in g or in scratch. */
static const sidle_real *orthogonal(const sidle_segment *s, sidle_real *g,
                                    sidle_real *scratch)
{
    sidle_mat x = wide_view(s, g), y = wide_view(s, scratch);
    sidle_real *products = scratch + s->rows * s->cols;

    if (gains_from_gram(s))
        return steps_on_gram(x, y, products);
    return steps_on_x(x, y, products);
}

/* In double: the inverse of a very small norm overflows float. */
static void normalise(ptrdiff_t n, double inverse, sidle_real *g)
{
    for (ptrdiff_t i = 0; i < n; i++)
        g[i] = (sidle_real)((double)g[i] * inverse);
}

static void apply(ptrdiff_t n, sidle_real keep, sidle_real rate,
                  sidle_real *restrict w, const sidle_real *restrict x)
{
    for (ptrdiff_t i = 0; i < n; i++)
        w[i] = keep * w[i] - rate * x[i];
}

static void turn_segment(sidle_optim *optim, double factor,
                         const sidle_segment *s, sidle_real *w, sidle_real *g)
{
    ptrdiff_t n = s->rows * s->cols, at = s->offset;
    const sidle_optim_config *c = &optim->config;
    double rate = c->matrix_lr * factor;
    double tall = (double)s->rows / (double)s->cols, norm;

    if (sidle_is_compensated(c))
        compensated(n, c->matrix_momentum,
                    sidle_momentum_share(c, c->matrix_momentum, 1),
                    optim->state[0] + at, g + at);
    else
        nesterov(n, c->matrix_momentum, optim->state[0] + at, g + at);
    /* The Frobenius norm bounds the singular values, which Newton-Schulz needs
     * to be at most 1. */
    norm = sqrt(sidle_sum_squares(n, g + at));
    if (norm == 0.0)
        return; /* no direction: neither a step nor decay */
    normalise(n, 1.0 / norm, g + at);
    apply(n, sidle_optim_keep(optim, s, rate),
          /* sqrt(max(1, rows / cols)): Jordan et al. 2024 */
          (sidle_real)(rate * sqrt(tall > 1.0 ? tall : 1.0)), w + at,
          orthogonal(s, g + at, optim->scratch));
}

static void muon_step(sidle_optim *optim, double factor, sidle_real *w,
                      sidle_real *g)
{
    int is_normed = is_rest_normed(&optim->config);
    sidle_nadam_step nadam = {0};

    if (!is_normed)
        nadam = sidle_nadam_begin(optim, factor);
    for (int i = 0; i < optim->n_segments; i++) {
        const sidle_segment *s = &optim->segments[i];

        if (is_turned(s))
            turn_segment(optim, factor, s, w, g);
        else if (is_normed)
            sidle_norm_segment(optim, factor, s, w, g);
        else
            sidle_nadam_segment(optim, &nadam, s, w, g);
        /* A matrix takes long: messages move between two of them. */
        sidle_poke();
    }
}

static sidle_status muon_check_lookahead(const sidle_optim_config *config)
{
    SIDLE_TRY(sidle_optim_raises(config, "optim.matrix_momentum",
                                 config->matrix_momentum));
    return sidle_optim_raises(config, "optim.beta1", config->beta1);
}

const sidle_optim_ops sidle_muon_ops = {
    .name = "muon",
    .state_names = {"m", "v"},
    .n_states = muon_n_states,
    .has_state = muon_has_state,
    .scratch = muon_scratch,
    .flops = muon_flops,
    .can_use = muon_can_use,
    .matrix_lr = muon_matrix_lr,
    .check_lookahead = muon_check_lookahead,
    .step = muon_step,
};

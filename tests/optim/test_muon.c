/* test_muon.c - Muon beside plain loops; its steps are near orthogonal. */
#include "optim/twin.h"

#include "base/poke.h"

enum { max_side = 40 };

typedef struct plain {
    ptrdiff_t rows, cols;
    double x[max_side * max_side];
} plain;

static void transpose(plain *a)
{
    plain b = *a;

    a->rows = b.cols;
    a->cols = b.rows;
    for (ptrdiff_t i = 0; i < a->rows; i++)
        for (ptrdiff_t j = 0; j < a->cols; j++)
            a->x[i * a->cols + j] = b.x[j * b.cols + i];
}

static void multiply(const plain *a, const plain *b, plain *c)
{
    c->rows = a->rows;
    c->cols = b->cols;
    for (ptrdiff_t i = 0; i < a->rows; i++) {
        for (ptrdiff_t j = 0; j < b->cols; j++) {
            double sum = 0.0;

            for (ptrdiff_t k = 0; k < a->cols; k++)
                sum += a->x[i * a->cols + k] * b->x[k * b->cols + j];
            c->x[i * c->cols + j] = sum;
        }
    }
}

static void gram_of(const plain *a, plain *gram)
{
    static plain t;

    t = *a;
    transpose(&t);
    multiply(a, &t, gram);
}

/* X <- a X + b A X + c A (A X), five times, on the wide orientation. */
static void plain_orthogonal(plain *x)
{
    static plain gram, once, twice;
    int is_tall = x->rows > x->cols;
    double squares = 0.0;

    for (ptrdiff_t i = 0; i < x->rows * x->cols; i++)
        squares += x->x[i] * x->x[i];
    for (ptrdiff_t i = 0; i < x->rows * x->cols; i++)
        x->x[i] /= sqrt(squares);
    if (is_tall)
        transpose(x);
    for (int n = 0; n < 5; n++) {
        gram_of(x, &gram);
        multiply(&gram, x, &once);
        multiply(&gram, &once, &twice);
        for (ptrdiff_t i = 0; i < x->rows * x->cols; i++)
            x->x[i] =
                3.4445 * x->x[i] - 4.7750 * once.x[i] + 2.0315 * twice.x[i];
    }
    if (is_tall)
        transpose(x);
}

/* The only segment of `t` is a matrix: its update in double. */
static void twin_muon(twin *t, double factor)
{
    static plain x;
    const sidle_optim_config *c = &t->optim->config;
    const sidle_segment *s = &t->segments[0];
    double mu = c->matrix_momentum, rate = c->matrix_lr * factor;
    double tall = (double)s->rows / (double)s->cols;

    x.rows = s->rows;
    x.cols = s->cols;
    for (ptrdiff_t i = 0; i < twin_size(s); i++) {
        t->m2[i] = mu * t->m2[i] + (1.0 - mu) * t->g2[i];
        x.x[i] = (1.0 - mu) * t->g2[i] + mu * t->m2[i];
    }
    plain_orthogonal(&x);
    for (ptrdiff_t i = 0; i < twin_size(s); i++)
        t->w2[i] = t->w2[i] * (1.0 - rate * c->weight_decay) -
                   rate * sqrt(fmax(1.0, tall)) * x.x[i];
}

/* Each row of the gradient is `fall` times the one before. */
static void check_shape(ptrdiff_t rows, ptrdiff_t cols, double fall)
{
    static twin t;
    sidle_segment segment = {0, rows, cols, 2, 1};
    sidle_optim_config c = twin_config(SIDLE_MUON);

    c.weight_decay = 2.0;
    twin_begin(&t, &c, &segment, 1, rows * cols, 31);
    for (int n = 0; n < 5; n++) {
        double factor = (n + 1) / 5.0;

        twin_fresh_gradient(&t, 32 + (uint64_t)n);
        for (ptrdiff_t i = 0; i < t.count; i++) {
            t.g[i] *= (sidle_real)pow(fall, (double)(i / cols));
            t.g2[i] = (double)t.g[i];
        }
        sidle_optim_step(t.optim, factor, t.w, t.g);
        twin_muon(&t, factor);
        check_close("muon", t.count, t.w, t.w2, 2e-5);
        check_close("momentum", t.count, t.optim->state[0], t.m2, 1e-6);
    }
    twin_end(&t);
}

TEST(wide_square_and_tall_follow_the_formulas)
{
    check_shape(8, 24, 1.0);
    check_shape(16, 16, 1.0);
    check_shape(27, 10, 1.0);
    check_shape(1, 12, 1.0);
}

/* Singular values from 1 to 1e-5, and a rank below the number of rows. */
TEST(nearly_singular_gradients_follow_the_formulas)
{
    check_shape(16, 16, 0.46);
    check_shape(16, 40, 0.46);
    check_shape(40, 16, 0.46);
    check_shape(12, 30, 0.0);
}

/* The largest eigenvalue of a symmetric matrix without negative ones. */
static double top_eigenvalue(const plain *a)
{
    static plain v, next;
    double norm = 0.0;

    v.rows = a->rows;
    v.cols = 1;
    for (ptrdiff_t i = 0; i < v.rows; i++)
        v.x[i] = 1.0 + 0.1 * (double)(i % 7);
    for (int n = 0; n < 500; n++) {
        multiply(a, &v, &next);
        norm = 0.0;
        for (ptrdiff_t i = 0; i < v.rows; i++)
            norm += next.x[i] * next.x[i];
        norm = sqrt(norm);
        for (ptrdiff_t i = 0; i < v.rows; i++)
            v.x[i] = next.x[i] / norm;
    }
    return norm;
}

static double bottom_eigenvalue(const plain *a, double top)
{
    static plain mirrored;

    mirrored = *a;
    for (ptrdiff_t i = 0; i < a->rows * a->rows; i++)
        mirrored.x[i] = (i % (a->rows + 1) == 0 ? top : 0.0) - a->x[i];
    return top - top_eigenvalue(&mirrored);
}

static void check_orthogonal(ptrdiff_t rows, ptrdiff_t cols)
{
    static twin t;
    static plain x, gram;
    sidle_segment segment = {0, rows, cols, 2, 1};
    sidle_optim_config c = twin_config(SIDLE_MUON);
    double top, bottom, scale;

    twin_begin(&t, &c, &segment, 1, rows * cols, 41);
    twin_fresh_gradient(&t, 42);
    sidle_optim_step(t.optim, 1.0, t.w, t.g);
    scale = c.matrix_lr * sqrt(fmax(1.0, (double)rows / (double)cols));
    x.rows = rows;
    x.cols = cols;
    for (ptrdiff_t i = 0; i < t.count; i++)
        x.x[i] = (t.w2[i] - (double)t.w[i]) / scale;
    if (rows > cols)
        transpose(&x);
    gram_of(&x, &gram);
    top = top_eigenvalue(&gram);
    bottom = bottom_eigenvalue(&gram, top);
    if (sqrt(top) > 1.25 || sqrt(bottom) < 0.6)
        fail_msg("(%td, %td): singular values from %g to %g", rows, cols,
                 sqrt(bottom), sqrt(top));
    twin_end(&t);
}

TEST(singular_values_of_a_step_are_near_one)
{
    check_orthogonal(12, 40);
    check_orthogonal(40, 12);
}

TEST(without_a_direction_the_matrix_stays)
{
    static twin t;
    static sidle_real before[6 * 9];
    sidle_segment segment = {0, 6, 9, 2, 1};
    sidle_optim_config c = twin_config(SIDLE_MUON);

    c.weight_decay = 2.0;
    twin_begin(&t, &c, &segment, 1, 6 * 9, 51);
    memcpy(before, t.w, sizeof(before));
    sidle_optim_step(t.optim, 1.0, t.w, t.g);
    assert_memory_equal(before, t.w, sizeof(before));
    twin_fresh_gradient(&t, 52);
    sidle_optim_step(t.optim, 1.0, t.w, t.g);
    twin_muon(&t, 1.0);
    check_close("after the zero", t.count, t.w, t.w2, 2e-5);
    twin_end(&t);
}

TEST(the_size_of_a_gradient_does_not_matter)
{
    static twin t;
    sidle_segment segment = {0, 6, 9, 2, 1};
    sidle_optim_config c = twin_config(SIDLE_MUON);

    twin_begin(&t, &c, &segment, 1, 6 * 9, 53);
    twin_fresh_gradient(&t, 54);
    for (ptrdiff_t i = 0; i < t.count; i++) {
        t.g[i] *= (sidle_real)1e-39; /* 1 / norm is beyond float */
        t.g2[i] = (double)t.g[i];
    }
    sidle_optim_step(t.optim, 1.0, t.w, t.g);
    twin_muon(&t, 1.0);
    check_close("tiny", t.count, t.w, t.w2, 1e-3);
    twin_end(&t);
}

/* A step of muon and of nadam from the same start. */
TEST(everything_else_takes_the_step_of_nadam)
{
    static const sidle_segment segments[] = {
        {0, 4, 8, 2, 1}, {32, 8, 1, 1, 0}, {48, 6, 4, 2, 0}};
    static twin muon, nadam;
    sidle_optim_config c = twin_config(SIDLE_MUON);

    c.weight_decay = 0.5;
    twin_begin(&muon, &c, segments, 3, 72, 61);
    c.kind = SIDLE_NADAM;
    twin_begin(&nadam, &c, segments, 3, 72, 61);
    for (int n = 0; n < 3; n++) {
        twin_fresh_gradient(&muon, 62 + (uint64_t)n);
        twin_fresh_gradient(&nadam, 62 + (uint64_t)n);
        sidle_optim_step(muon.optim, 1.0, muon.w, muon.g);
        sidle_optim_step(nadam.optim, 1.0, nadam.w, nadam.g);
    }
    assert_memory_equal(muon.w + 32, nadam.w + 32, 40 * sizeof(sidle_real));
    assert_memory_not_equal(muon.w, nadam.w, 32 * sizeof(sidle_real));
    twin_end(&muon);
    twin_end(&nadam);
}

static void count(void *context)
{
    ++*(int *)context;
}

/* Its products are long: messages go forward between two tensors. */
TEST(a_step_pokes_between_tensors)
{
    static const sidle_segment segments[] = {
        {0, 4, 8, 2, 1}, {32, 8, 1, 1, 0}, {48, 6, 4, 2, 0}};
    static twin t;
    sidle_optim_config c = twin_config(SIDLE_MUON);
    int calls = 0;

    twin_begin(&t, &c, segments, 3, 72, 71);
    twin_fresh_gradient(&t, 72);
    sidle_set_poke(count, &calls);
    sidle_optim_step(t.optim, 1.0, t.w, t.g);
    sidle_set_poke(NULL, NULL);
    assert_int_equal(calls, 3);
    twin_end(&t);
}

static double flops_of(ptrdiff_t rows, ptrdiff_t cols, int is_matrix)
{
    sidle_optim_config c = twin_config(SIDLE_MUON);
    sidle_segment s = {0, rows, cols, cols > 1 ? 2 : 1, is_matrix};

    return sidle_optim_flops(&c, &s);
}

/* Products of five steps, two operations a multiplication. For X (m, n), m the
 * shorter side, on X itself: X X^T is m^2 n, A A m^3, P X m^2 n. On the Gram
 * matrix X X^T, four times A P, P (A P), P Q, five times A A, and Q X. */
TEST(products_are_counted_by_hand)
{
    double on_x = 5.0 * (7.0 * 25.0 + 125.0 + 7.0 * 25.0);        /* 5 x 7 */
    double on_gram = 9.0 * 16.0 + 17.0 * 64.0 + 9.0 * 16.0;       /* 4 x 9 */
    double square = 5.0 * (6.0 * 36.0 + 6.0 * 36.0 + 6.0 * 36.0); /* 6 x 6 */

    assert_true(flops_of(5, 7, 1) == 2.0 * on_x);
    assert_true(flops_of(4, 9, 1) == 2.0 * on_gram);
    assert_true(flops_of(6, 6, 1) == 2.0 * square);
    /* a tall matrix is viewed transposed */
    assert_true(flops_of(7, 5, 1) == 2.0 * on_x);
    assert_true(flops_of(9, 4, 1) == 2.0 * on_gram);
    /* what is not turned takes the step of nadam.c */
    assert_true(flops_of(5, 7, 0) == 0.0);
    assert_true(flops_of(7, 1, 0) == 0.0);
}

TEST_MAIN

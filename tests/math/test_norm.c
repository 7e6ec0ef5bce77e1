/* test_norm.c - layer normalisation and its gradients against plain loops. */
#include "check.h"

#include "math/norm.h"

#define ROOM 20000

typedef struct twin {
    double y[ROOM], dx[ROOM], dscale[2000], doffset[2000], mean[100], rstd[100];
} twin;

static void plain_forward(ptrdiff_t d, const sidle_real *x,
                          const sidle_real *scale, const sidle_real *offset,
                          double *y, double *mean, double *rstd)
{
    double sum = 0.0, squares = 0.0;

    for (ptrdiff_t i = 0; i < d; i++)
        sum += (double)x[i];
    *mean = sum / (double)d;
    for (ptrdiff_t i = 0; i < d; i++)
        squares += ((double)x[i] - *mean) * ((double)x[i] - *mean);
    *rstd = 1.0 / sqrt(squares / (double)d + 1e-5);
    for (ptrdiff_t i = 0; i < d; i++)
        y[i] = ((double)x[i] - *mean) * *rstd * (double)scale[i] +
               (double)offset[i];
}

/* dx[i] = sum over j of dy[j] dy_j/dx_i, straight from the Jacobian. */
static void plain_backward(ptrdiff_t d, const sidle_real *x,
                           const sidle_real *scale, const sidle_real *dy,
                           double mean, double rstd, double *dx, double *dscale,
                           double *doffset)
{
    double mean_g = 0.0, mean_gx = 0.0;

    for (ptrdiff_t i = 0; i < d; i++) {
        double normal = ((double)x[i] - mean) * rstd;

        mean_g += (double)dy[i] * (double)scale[i] / (double)d;
        mean_gx += (double)dy[i] * (double)scale[i] * normal / (double)d;
        dscale[i] += (double)dy[i] * normal;
        doffset[i] += (double)dy[i];
    }
    for (ptrdiff_t i = 0; i < d; i++)
        dx[i] = rstd * ((double)dy[i] * (double)scale[i] - mean_g -
                        ((double)x[i] - mean) * rstd * mean_gx);
}

static void check_shape(ptrdiff_t rows, ptrdiff_t d, double level)
{
    static sidle_real x[ROOM], y[ROOM], dy[ROOM], dx[ROOM];
    static sidle_real scale[2000], offset[2000], dscale[2000], doffset[2000];
    static twin t;
    sidle_real mean[100], rstd[100];

    check_random(1, "x", rows * d, x);
    check_random(1, "dy", rows * d, dy);
    check_random(1, "scale", d, scale);
    check_random(1, "offset", d, offset);
    for (ptrdiff_t i = 0; i < d; i++) {
        t.dscale[i] = (double)(dscale[i] = scale[i]);
        t.doffset[i] = (double)(doffset[i] = offset[i]);
    }
    for (ptrdiff_t i = 0; i < rows * d; i++)
        x[i] += (sidle_real)level;
    for (ptrdiff_t r = 0; r < rows; r++) {
        plain_forward(d, x + r * d, scale, offset, t.y + r * d, &t.mean[r],
                      &t.rstd[r]);
        plain_backward(d, x + r * d, scale, dy + r * d, t.mean[r], t.rstd[r],
                       t.dx + r * d, t.dscale, t.doffset);
    }
    sidle_layernorm(rows, d, SIDLE_NORM_EPS, x, scale, offset, y, mean, rstd);
    check_close("y", rows * d, y, t.y, 2e-5);
    check_close("mean", rows, mean, t.mean, 1e-6);
    check_close("rstd", rows, rstd, t.rstd, 1e-5);
    sidle_layernorm_input_grad(rows, d, x, scale, mean, rstd, dy, 0, dx);
    check_close("dx", rows * d, dx, t.dx, 2e-5);
    for (ptrdiff_t i = 0; i < rows * d; i++)
        t.dx[i] += 0.5 * (double)dx[i];
    sidle_layernorm_input_grad(rows, d, x, scale, mean, rstd, dy,
                               (sidle_real)0.5, dx);
    check_close("dx added to", rows * d, dx, t.dx, 2e-5);
    sidle_layernorm_weight_grad(rows, d, x, mean, rstd, dy, dscale, doffset);
    check_close("dscale", d, dscale, t.dscale, 2e-5);
    check_close("doffset", d, doffset, t.doffset, 2e-5);
}

TEST(rows_of_every_width)
{
    check_shape(3, 2, 0.0);
    check_shape(5, 15, 0.0);
    check_shape(100, 16, 0.0);
    check_shape(99, 33, 0.0);
    check_shape(13, 256, 0.0);
    check_shape(9, 1999, 0.0);
}

TEST(variance_of_rows_far_from_zero)
{
    check_shape(20, 100, 30.0);
}

TEST(a_constant_row_gives_the_offset)
{
    sidle_real x[24], y[24], scale[24], offset[24], mean, rstd;

    check_random(2, "scale", 24, scale);
    check_random(2, "offset", 24, offset);
    for (int i = 0; i < 24; i++)
        x[i] = 0.5;
    sidle_layernorm(1, 24, SIDLE_NORM_EPS, x, scale, offset, y, &mean, &rstd);
    for (int i = 0; i < 24; i++)
        assert_true(y[i] == offset[i]);
}

TEST_MAIN

/* norm.c - layer normalisation, row by row. */
#include "math/norm.h"

#include "math/lanes.h"

#include <tgmath.h>

static sidle_real row_mean(ptrdiff_t d, const sidle_real *x)
{
    ptrdiff_t whole = d - d % SIDLE_LANES;
    sidle_lanes part = {0};
    sidle_real sum;

    for (ptrdiff_t i = 0; i < whole; i += SIDLE_LANES)
        part += sidle_lanes_load(x + i);
    sum = sidle_lanes_sum(part);
    for (ptrdiff_t i = whole; i < d; i++)
        sum += x[i];
    return sum / (sidle_real)d;
}

static sidle_real row_rstd(ptrdiff_t d, sidle_real eps, const sidle_real *x,
                           sidle_real mean)
{
    ptrdiff_t whole = d - d % SIDLE_LANES;
    sidle_lanes part = {0};
    sidle_real sum;

    for (ptrdiff_t i = 0; i < whole; i += SIDLE_LANES) {
        sidle_lanes far = sidle_lanes_load(x + i) - mean;

        part += far * far;
    }
    sum = sidle_lanes_sum(part);
    for (ptrdiff_t i = whole; i < d; i++)
        sum += (x[i] - mean) * (x[i] - mean);
    return 1 / sqrt(sum / (sidle_real)d + eps);
}

void sidle_layernorm(ptrdiff_t rows, ptrdiff_t d, double eps,
                     const sidle_real *x, const sidle_real *scale,
                     const sidle_real *offset, sidle_real *y, sidle_real *mean,
                     sidle_real *rstd)
{
    for (ptrdiff_t r = 0; r < rows; r++, x += d, y += d) {
        sidle_real m = row_mean(d, x), s = row_rstd(d, (sidle_real)eps, x, m);

        for (ptrdiff_t i = 0; i < d; i++)
            y[i] = (x[i] - m) * s * scale[i] + offset[i];
        mean[r] = m;
        rstd[r] = s;
    }
}

/* The means over a row of g = dy scale, and of g times the normalised x. */
static void grad_means(ptrdiff_t d, const sidle_real *x,
                       const sidle_real *scale, sidle_real mean,
                       sidle_real rstd, const sidle_real *dy,
                       sidle_real *mean_g, sidle_real *mean_gx)
{
    ptrdiff_t whole = d - d % SIDLE_LANES;
    sidle_lanes part_g = {0}, part_gx = {0};
    sidle_real g, gx;

    for (ptrdiff_t i = 0; i < whole; i += SIDLE_LANES) {
        sidle_lanes grad =
            sidle_lanes_load(dy + i) * sidle_lanes_load(scale + i);

        part_g += grad;
        part_gx += grad * ((sidle_lanes_load(x + i) - mean) * rstd);
    }
    g = sidle_lanes_sum(part_g);
    gx = sidle_lanes_sum(part_gx);
    for (ptrdiff_t i = whole; i < d; i++) {
        g += dy[i] * scale[i];
        gx += dy[i] * scale[i] * ((x[i] - mean) * rstd);
    }
    *mean_g = g / (sidle_real)d;
    *mean_gx = gx / (sidle_real)d;
}

void sidle_layernorm_input_grad(ptrdiff_t rows, ptrdiff_t d,
                                const sidle_real *x, const sidle_real *scale,
                                const sidle_real *mean, const sidle_real *rstd,
                                const sidle_real *dy, sidle_real beta,
                                sidle_real *dx)
{
    for (ptrdiff_t r = 0; r < rows; r++, x += d, dy += d, dx += d) {
        sidle_real m = mean[r], s = rstd[r], mean_g, mean_gx;

        grad_means(d, x, scale, m, s, dy, &mean_g, &mean_gx);
        if (beta == 0)
            for (ptrdiff_t i = 0; i < d; i++)
                dx[i] =
                    s * (dy[i] * scale[i] - mean_g - (x[i] - m) * s * mean_gx);
        else
            for (ptrdiff_t i = 0; i < d; i++)
                dx[i] = beta * dx[i] + s * (dy[i] * scale[i] - mean_g -
                                            (x[i] - m) * s * mean_gx);
    }
}

/* The partial sums of so many columns stay in the first-level cache while the
 * rows go by. */
#define COLUMNS 256

static ptrdiff_t columns_at(ptrdiff_t c, ptrdiff_t d)
{
    return d - c < COLUMNS ? d - c : COLUMNS;
}

static void add_row(ptrdiff_t n, const sidle_real *x, sidle_real mean,
                    sidle_real rstd, const sidle_real *dy, double *sum_gx,
                    double *sum_g)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        sum_gx[i] += (double)(dy[i] * ((x[i] - mean) * rstd));
        sum_g[i] += (double)dy[i];
    }
}

void sidle_layernorm_weight_grad(ptrdiff_t rows, ptrdiff_t d,
                                 const sidle_real *x, const sidle_real *mean,
                                 const sidle_real *rstd, const sidle_real *dy,
                                 sidle_real *dscale, sidle_real *doffset)
{
    for (ptrdiff_t c = 0; c < d; c += COLUMNS) {
        ptrdiff_t n = columns_at(c, d);
        double sum_gx[COLUMNS] = {0.0}, sum_g[COLUMNS] = {0.0};

        for (ptrdiff_t r = 0; r < rows; r++)
            add_row(n, x + r * d + c, mean[r], rstd[r], dy + r * d + c, sum_gx,
                    sum_g);
        for (ptrdiff_t i = 0; i < n; i++) {
            dscale[c + i] = (sidle_real)((double)dscale[c + i] + sum_gx[i]);
            doffset[c + i] = (sidle_real)((double)doffset[c + i] + sum_g[i]);
        }
    }
}

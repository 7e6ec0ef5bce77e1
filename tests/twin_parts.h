/* twin_parts.h - the pieces of the twin in plain loops, each with its gradient;
 * twin.c alone includes it. */
#ifndef SIDLE_TESTS_TWIN_PARTS_H
#define SIDLE_TESTS_TWIN_PARTS_H

#include "twin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Arrays that live as long as one unit's work on one row. */
struct heap {
    double *arrays[64];
    int n;
};

static double *zeros(struct heap *heap, ptrdiff_t n)
{
    double *array = calloc((size_t)(n > 0 ? n : 1), sizeof(*array));

    if (array == NULL || heap->n == 64)
        abort();
    heap->arrays[heap->n++] = array;
    return array;
}

static void release(struct heap *heap)
{
    while (heap->n > 0)
        free(heap->arrays[--heap->n]);
}

/* Where "prefix" + "name" lies in a flat array. */
static ptrdiff_t at(const twin *t, const char *prefix, const char *name)
{
    char full[96];
    const twin_param *p;

    snprintf(full, sizeof(full), "%s%s", prefix, name);
    p = twin_find(t, full);
    if (p == NULL)
        abort();
    return p->offset;
}

/* ---- pieces: each with its gradient, which is added to what is there */

static void linear(int n, int in, int out, const double *x, const double *w,
                   const double *bias, double *y)
{
    for (int r = 0; r < n; r++)
        for (int o = 0; o < out; o++) {
            double sum = bias[o];

            for (int i = 0; i < in; i++)
                sum += x[r * in + i] * w[o * in + i];
            y[r * out + o] = sum;
        }
}

static void linear_grad(int n, int in, int out, const double *x,
                        const double *w, const double *dy, double *dx,
                        double *dw, double *dbias)
{
    for (int r = 0; r < n; r++)
        for (int o = 0; o < out; o++) {
            double g = dy[r * out + o];

            dbias[o] += g;
            for (int i = 0; i < in; i++) {
                dx[r * in + i] += g * w[o * in + i];
                dw[o * in + i] += g * x[r * in + i];
            }
        }
}

static void moments(int d, const double *x, double *mean, double *rstd)
{
    double sum = 0.0, squares = 0.0;

    for (int i = 0; i < d; i++)
        sum += x[i];
    *mean = sum / d;
    for (int i = 0; i < d; i++)
        squares += (x[i] - *mean) * (x[i] - *mean);
    *rstd = 1.0 / sqrt(squares / d + 1e-5);
}

static void norm(int n, int d, const double *x, const double *scale,
                 const double *offset, double *y)
{
    for (int r = 0; r < n; r++) {
        double mean, rstd;

        moments(d, x + r * d, &mean, &rstd);
        for (int i = 0; i < d; i++)
            y[r * d + i] = (x[r * d + i] - mean) * rstd * scale[i] + offset[i];
    }
}

static void norm_grad(int n, int d, const double *x, const double *scale,
                      const double *dy, double *dx, double *dscale,
                      double *doffset)
{
    for (int r = 0; r < n; r++) {
        const double *row = x + r * d, *g = dy + r * d;
        double mean, rstd, sum = 0.0, along = 0.0;

        moments(d, row, &mean, &rstd);
        for (int i = 0; i < d; i++) {
            double hat = (row[i] - mean) * rstd;

            dscale[i] += g[i] * hat;
            doffset[i] += g[i];
            sum += g[i] * scale[i];
            along += g[i] * scale[i] * hat;
        }
        for (int i = 0; i < d; i++) {
            double hat = (row[i] - mean) * rstd;

            dx[r * d + i] +=
                rstd * (g[i] * scale[i] - sum / d - hat * along / d);
        }
    }
}

static const double gelu_a = 0.7978845608028654; /* sqrt(2 / pi) */

static double activation(twin_bend kind, double x)
{
    if (kind == TWIN_SQ_RELU)
        return x > 0.0 ? x * x : 0.0;
    return 0.5 * x * (1.0 + tanh(gelu_a * (x + 0.044715 * x * x * x)));
}

static double bend_grad(twin_bend kind, double x)
{
    double h;

    if (kind == TWIN_SQ_RELU)
        return x > 0.0 ? 2.0 * x : 0.0;
    h = tanh(gelu_a * (x + 0.044715 * x * x * x));
    return 0.5 * (1.0 + h) +
           0.5 * x * (1.0 - h * h) * gelu_a * (1.0 + 3.0 * 0.044715 * x * x);
}

/* Rotate the pairs of all heads by the angles of the positions; sign -1 is the
 * way back. */
static void rotate(const twin *t, int n, int heads, int D, const int *position,
                   double sign, double *x)
{
    int bands = (int)floor(D * t->config.rotary_fraction / 2.0);

    if (t->config.positions != TWIN_ROTARY)
        return;
    for (int r = 0; r < n; r++)
        for (int h = 0; h < heads; h++)
            for (int i = 0; i < bands; i++) {
                double power = bands > 1 ? (double)i / (bands - 1) : 0.0;
                double angle =
                    sign * position[r] * pow((double)t->config.context, -power);
                double *pair = x + (r * heads + h) * D + 2 * i;
                double a = pair[0], b = pair[1];

                pair[0] = a * cos(angle) - b * sin(angle);
                pair[1] = b * cos(angle) + a * sin(angle);
            }
}

static double sinusoid(int C, int position, int c)
{
    int half = C / 2, k = c % half;
    double f = half > 1 ? pow(10000.0, -(double)k / (half - 1)) : 1.0;

    return c < half ? sin(position * f) : cos(position * f);
}

static double log_sum_exp(int n, const double *x)
{
    double largest = x[0], sum = 0.0;

    for (int i = 1; i < n; i++)
        largest = x[i] > largest ? x[i] : largest;
    for (int i = 0; i < n; i++)
        sum += exp(x[i] - largest);
    return largest + log(sum);
}

/* ---- attention with its four projections */

struct attend {
    const char *prefix;
    int n, n_keys;    /* queries are the N latents */
    int keys_width;   /* channels of the keys' input; queries have d */
    int inner, heads; /* D_a, H */
    const int *position, *key_position;
    const unsigned char *allow; /* (n, n_keys) */
    double *q, *k, *v;          /* rotated where positions are rotary */
    double *p;                  /* (heads, n, n_keys) probabilities */
    double *y;                  /* (n, inner) before the projection o */
};

static void softmax_allowed(int n, const unsigned char *allow, double *p)
{
    double largest = -HUGE_VAL, sum = 0.0;

    for (int j = 0; j < n; j++)
        if (allow[j] && p[j] > largest)
            largest = p[j];
    for (int j = 0; j < n; j++) {
        p[j] = allow[j] ? exp(p[j] - largest) : 0.0;
        sum += p[j];
    }
    for (int j = 0; j < n && sum > 0.0; j++)
        p[j] /= sum;
}

static void attend_heads(const struct attend *a)
{
    int D = a->inner / a->heads;

    for (int h = 0; h < a->heads; h++)
        for (int i = 0; i < a->n; i++) {
            const double *q = a->q + i * a->inner + h * D;
            double *p = a->p + (h * a->n + i) * a->n_keys;

            for (int j = 0; j < a->n_keys; j++)
                for (int c = 0; c < D; c++)
                    p[j] += q[c] * a->k[j * a->inner + h * D + c] / sqrt(D);
            softmax_allowed(a->n_keys, a->allow + i * a->n_keys, p);
            for (int j = 0; j < a->n_keys; j++)
                for (int c = 0; c < D; c++)
                    a->y[i * a->inner + h * D + c] +=
                        p[j] * a->v[j * a->inner + h * D + c];
        }
}

static void attend_heads_grad(const struct attend *a, const double *dy,
                              double *dq, double *dk, double *dv)
{
    int D = a->inner / a->heads, W = a->inner;

    for (int h = 0; h < a->heads; h++)
        for (int i = 0; i < a->n; i++) {
            const double *p = a->p + (h * a->n + i) * a->n_keys;
            const double *g = dy + i * W + h * D;
            double along = 0.0;

            for (int c = 0; c < D; c++)
                along += g[c] * a->y[i * W + h * D + c];
            for (int j = 0; j < a->n_keys; j++) {
                double dp = 0.0, ds;

                for (int c = 0; c < D; c++) {
                    dp += g[c] * a->v[j * W + h * D + c];
                    dv[j * W + h * D + c] += p[j] * g[c];
                }
                ds = p[j] * (dp - along) / sqrt(D);
                for (int c = 0; c < D; c++) {
                    dq[i * W + h * D + c] += ds * a->k[j * W + h * D + c];
                    dk[j * W + h * D + c] += ds * a->q[i * W + h * D + c];
                }
            }
        }
}

/* out (n, d) = the attention of the queries' input over the keys' input. */
static void attend(const twin *t, const double *w, struct attend *a,
                   struct heap *heap, const double *qin, const double *kin,
                   double *out)
{
    int d = t->config.width, W = a->inner, D = W / a->heads;
    const char *prefix = a->prefix;

    a->q = zeros(heap, (ptrdiff_t)a->n * W);
    a->k = zeros(heap, (ptrdiff_t)a->n_keys * W);
    a->v = zeros(heap, (ptrdiff_t)a->n_keys * W);
    a->p = zeros(heap, (ptrdiff_t)a->heads * a->n * a->n_keys);
    a->y = zeros(heap, (ptrdiff_t)a->n * W);
    linear(a->n, d, W, qin, w + at(t, prefix, "q/weight"),
           w + at(t, prefix, "q/bias"), a->q);
    linear(a->n_keys, a->keys_width, W, kin, w + at(t, prefix, "k/weight"),
           w + at(t, prefix, "k/bias"), a->k);
    linear(a->n_keys, a->keys_width, W, kin, w + at(t, prefix, "v/weight"),
           w + at(t, prefix, "v/bias"), a->v);
    rotate(t, a->n, a->heads, D, a->position, 1.0, a->q);
    rotate(t, a->n_keys, a->heads, D, a->key_position, 1.0, a->k);
    attend_heads(a);
    linear(a->n, W, d, a->y, w + at(t, prefix, "o/weight"),
           w + at(t, prefix, "o/bias"), out);
}

static void attend_grad(const twin *t, const double *w, const struct attend *a,
                        struct heap *heap, const double *qin, const double *kin,
                        const double *dout, double *dqin, double *dkin,
                        double *dw)
{
    int d = t->config.width, W = a->inner, D = W / a->heads;
    int C = a->keys_width;
    const char *prefix = a->prefix;
    double *dy = zeros(heap, (ptrdiff_t)a->n * W);
    double *dq = zeros(heap, (ptrdiff_t)a->n * W);
    double *dk = zeros(heap, (ptrdiff_t)a->n_keys * W);
    double *dv = zeros(heap, (ptrdiff_t)a->n_keys * W);

    linear_grad(a->n, W, d, a->y, w + at(t, prefix, "o/weight"), dout, dy,
                dw + at(t, prefix, "o/weight"), dw + at(t, prefix, "o/bias"));
    attend_heads_grad(a, dy, dq, dk, dv);
    rotate(t, a->n, a->heads, D, a->position, -1.0, dq);
    rotate(t, a->n_keys, a->heads, D, a->key_position, -1.0, dk);
    linear_grad(a->n, d, W, qin, w + at(t, prefix, "q/weight"), dq, dqin,
                dw + at(t, prefix, "q/weight"), dw + at(t, prefix, "q/bias"));
    linear_grad(a->n_keys, C, W, kin, w + at(t, prefix, "k/weight"), dk, dkin,
                dw + at(t, prefix, "k/weight"), dw + at(t, prefix, "k/bias"));
    linear_grad(a->n_keys, C, W, kin, w + at(t, prefix, "v/weight"), dv, dkin,
                dw + at(t, prefix, "v/weight"), dw + at(t, prefix, "v/bias"));
}

/* ---- the residual MLP that ends "cross" and "self" */

struct mlp {
    double *normed, *up, *active;
};

static void mlp(const twin *t, const double *w, const char *prefix,
                struct mlp *m, struct heap *heap, const double *z, double *out)
{
    int N = t->config.latents, d = t->config.width;
    int wide = d * t->config.mlp_factor;

    m->normed = zeros(heap, (ptrdiff_t)N * d);
    m->up = zeros(heap, (ptrdiff_t)N * wide);
    m->active = zeros(heap, (ptrdiff_t)N * wide);
    norm(N, d, z, w + at(t, prefix, "norm_mlp/scale"),
         w + at(t, prefix, "norm_mlp/offset"), m->normed);
    linear(N, d, wide, m->normed, w + at(t, prefix, "mlp_up/weight"),
           w + at(t, prefix, "mlp_up/bias"), m->up);
    for (int i = 0; i < N * wide; i++)
        m->active[i] = activation(t->config.activation, m->up[i]);
    linear(N, wide, d, m->active, w + at(t, prefix, "mlp_down/weight"),
           w + at(t, prefix, "mlp_down/bias"), out);
    for (int i = 0; i < N * d; i++)
        out[i] += z[i];
}

/* dz (N, d) is written. */
static void mlp_grad(const twin *t, const double *w, const char *prefix,
                     const struct mlp *m, struct heap *heap, const double *z,
                     const double *dout, double *dz, double *dw)
{
    int N = t->config.latents, d = t->config.width;
    int wide = d * t->config.mlp_factor;
    double *dup = zeros(heap, (ptrdiff_t)N * wide);
    double *dnormed = zeros(heap, (ptrdiff_t)N * d);

    memcpy(dz, dout, (size_t)(N * d) * sizeof(*dz));
    linear_grad(N, wide, d, m->active, w + at(t, prefix, "mlp_down/weight"),
                dout, dup, dw + at(t, prefix, "mlp_down/weight"),
                dw + at(t, prefix, "mlp_down/bias"));
    for (int i = 0; i < N * wide; i++)
        dup[i] *= bend_grad(t->config.activation, m->up[i]);
    linear_grad(N, d, wide, m->normed, w + at(t, prefix, "mlp_up/weight"), dup,
                dnormed, dw + at(t, prefix, "mlp_up/weight"),
                dw + at(t, prefix, "mlp_up/bias"));
    norm_grad(N, d, z, w + at(t, prefix, "norm_mlp/scale"), dnormed, dz,
              dw + at(t, prefix, "norm_mlp/scale"),
              dw + at(t, prefix, "norm_mlp/offset"));
}

#endif

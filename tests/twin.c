/* twin.c - Perceiver AR in plain loops: shapes, forward, backward. */
#include "twin.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TWIN_MAX_PARAMS 4096

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

/* ---- parameters */

static void add(twin *t, int unit, const char *prefix, const char *name,
                int n_dims, int out, int in)
{
    twin_param *p = &t->params[t->n_params++];

    if (t->n_params > TWIN_MAX_PARAMS)
        abort();
    snprintf(p->name, sizeof(p->name), "%s%s", prefix, name);
    p->unit = unit;
    p->n_dims = n_dims;
    p->dims[0] = out;
    p->dims[1] = in;
    p->offset = t->count;
    p->count = (ptrdiff_t)out * in;
    t->count += p->count;
}

static void add_linear(twin *t, int unit, const char *prefix, const char *name,
                       int out, int in)
{
    char full[64];

    snprintf(full, sizeof(full), "%s/weight", name);
    add(t, unit, prefix, full, 2, out, in);
    snprintf(full, sizeof(full), "%s/bias", name);
    add(t, unit, prefix, full, 1, out, 1);
}

static void add_norm(twin *t, int unit, const char *prefix, const char *name,
                     int d)
{
    char full[64];

    snprintf(full, sizeof(full), "%s/scale", name);
    add(t, unit, prefix, full, 1, d, 1);
    snprintf(full, sizeof(full), "%s/offset", name);
    add(t, unit, prefix, full, 1, d, 1);
}

static void add_attend_and_mlp(twin *t, int unit, const char *prefix, int keys,
                               int inner)
{
    int d = t->config.width, wide = d * t->config.mlp_factor;

    add_linear(t, unit, prefix, "q", inner, d);
    add_linear(t, unit, prefix, "k", inner, keys);
    add_linear(t, unit, prefix, "v", inner, keys);
    add_linear(t, unit, prefix, "o", d, inner);
    add_norm(t, unit, prefix, "norm_mlp", d);
    add_linear(t, unit, prefix, "mlp_up", wide, d);
    add_linear(t, unit, prefix, "mlp_down", d, wide);
}

static void prefix_of(int unit, int n_units, char prefix[32])
{
    if (unit == 0)
        snprintf(prefix, 32, "cross/");
    else if (unit == n_units - 1)
        snprintf(prefix, 32, "final/");
    else
        snprintf(prefix, 32, "self/%03d/", unit - 1);
}

twin *twin_new(const twin_config *config)
{
    twin *t = calloc(1, sizeof(*t));
    int C = config->embed_width, d = config->width;
    char prefix[32];

    if (t == NULL)
        abort();
    t->params = calloc(TWIN_MAX_PARAMS, sizeof(*t->params));
    if (t->params == NULL)
        abort();
    t->config = *config;
    t->n_units = config->layers + 2;
    add(t, 0, "embed/", "token", 2, config->vocab, C);
    if (config->positions == TWIN_LEARNED)
        add(t, 0, "embed/", "position", 2, config->context + 1, C);
    add_linear(t, 0, "", "latent", d, C);
    add_norm(t, 0, "cross/", "norm_q", d);
    add_norm(t, 0, "cross/", "norm_kv", C);
    add_attend_and_mlp(t, 0, "cross/", C, C);
    for (int unit = 1; unit <= config->layers; unit++) {
        prefix_of(unit, t->n_units, prefix);
        add_norm(t, unit, prefix, "norm_attn", d);
        add_attend_and_mlp(t, unit, prefix, d, d);
    }
    add_norm(t, config->layers + 1, "final/", "norm", d);
    add_linear(t, config->layers + 1, "final/", "logits", config->vocab, d);
    return t;
}

void twin_free(twin *t)
{
    if (t == NULL)
        return;
    free(t->params);
    free(t);
}

const twin_param *twin_find(const twin *t, const char *name)
{
    for (int i = 0; i < t->n_params; i++)
        if (strcmp(t->params[i].name, name) == 0)
            return &t->params[i];
    return NULL;
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

/* ---- lengths, labels, masks */

static const int32_t *row_tokens(const twin *t, const twin_item *item, int row)
{
    return item->tokens + (ptrdiff_t)row * (t->config.context + 1);
}

/* Valid inputs of a row: the last valid token is a target only. */
static int row_length(const twin *t, const int32_t *tokens)
{
    int n = 0;

    while (n < t->config.context + 1 && tokens[n] != 0)
        n++;
    return n > 0 ? n - 1 : 0;
}

/* The input that latent i sits on; -1: it is invalid. */
static int last_step(const twin *t, int length, int i)
{
    int step = length - t->config.latents + i;

    return step < 0 ? -1 : step;
}

/* The token that latent i should predict; 0: it does not count. */
static int label_of(const twin *t, const twin_item *item, int row, int i)
{
    const int32_t *tokens = row_tokens(t, item, row);
    int step = last_step(t, row_length(t, tokens), i);
    int N = t->config.latents;

    if (step < 0 || (item->scored != NULL && i < N - item->scored[row]))
        return 0;
    return tokens[step + 1];
}

int twin_targets(const twin *t, const twin_item *item)
{
    int n = 0;

    for (int b = 0; b < item->rows; b++)
        for (int i = 0; i < t->config.latents; i++)
            n += label_of(t, item, b, i) > 0;
    return n;
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

static double bend(twin_bend kind, double x)
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
    double *normed, *up, *bent;
};

static void mlp(const twin *t, const double *w, const char *prefix,
                struct mlp *m, struct heap *heap, const double *z, double *out)
{
    int N = t->config.latents, d = t->config.width;
    int wide = d * t->config.mlp_factor;

    m->normed = zeros(heap, (ptrdiff_t)N * d);
    m->up = zeros(heap, (ptrdiff_t)N * wide);
    m->bent = zeros(heap, (ptrdiff_t)N * wide);
    norm(N, d, z, w + at(t, prefix, "norm_mlp/scale"),
         w + at(t, prefix, "norm_mlp/offset"), m->normed);
    linear(N, d, wide, m->normed, w + at(t, prefix, "mlp_up/weight"),
           w + at(t, prefix, "mlp_up/bias"), m->up);
    for (int i = 0; i < N * wide; i++)
        m->bent[i] = bend(t->config.bend, m->up[i]);
    linear(N, wide, d, m->bent, w + at(t, prefix, "mlp_down/weight"),
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
    linear_grad(N, wide, d, m->bent, w + at(t, prefix, "mlp_down/weight"), dout,
                dup, dw + at(t, prefix, "mlp_down/weight"),
                dw + at(t, prefix, "mlp_down/bias"));
    for (int i = 0; i < N * wide; i++)
        dup[i] *= bend_grad(t->config.bend, m->up[i]);
    linear_grad(N, d, wide, m->normed, w + at(t, prefix, "mlp_up/weight"), dup,
                dnormed, dw + at(t, prefix, "mlp_up/weight"),
                dw + at(t, prefix, "mlp_up/bias"));
    norm_grad(N, d, z, w + at(t, prefix, "norm_mlp/scale"), dnormed, dz,
              dw + at(t, prefix, "norm_mlp/scale"),
              dw + at(t, prefix, "norm_mlp/offset"));
}

/* ---- units, one row each; dw NULL: forward only */

/* What a unit needs to know of one row. */
struct row {
    int length;
    int *input;    /* (M) tokens, the last valid one and all after it: 0 */
    int *step;     /* (N) input of each latent, invalid: -1 */
    int *position; /* (M) of the inputs: 1 .. length, padding 0 */
    int *latent_position;
};

static void set_row(const twin *t, const twin_item *item, int b, struct row *r)
{
    int M = t->config.context, N = t->config.latents;
    const int32_t *tokens = row_tokens(t, item, b);

    r->length = row_length(t, tokens);
    r->step = calloc((size_t)(2 * N + 2 * M), sizeof(int));
    if (r->step == NULL)
        abort();
    r->latent_position = r->step + N;
    r->position = r->latent_position + N;
    r->input = r->position + M;
    for (int p = 0; p < r->length; p++) {
        r->position[p] = p + 1;
        r->input[p] = tokens[p];
    }
    for (int i = 0; i < N; i++) {
        r->step[i] = last_step(t, r->length, i);
        r->latent_position[i] = r->step[i] + 1;
    }
}

static double sinusoid(int C, int position, int c)
{
    int half = C / 2, k = c % half;
    double f = half > 1 ? pow(10000.0, -(double)k / (half - 1)) : 1.0;

    return c < half ? sin(position * f) : cos(position * f);
}

static void embed(const twin *t, const double *w, const struct row *r,
                  double *x)
{
    int C = t->config.embed_width;
    int is_learned = t->config.positions == TWIN_LEARNED;
    const double *token = w + at(t, "embed/", "token");
    const double *place = is_learned ? w + at(t, "embed/", "position") : NULL;

    for (int p = 0; p < t->config.context; p++)
        for (int c = 0; c < C; c++) {
            double *to = &x[p * C + c];

            *to = token[r->input[p] * C + c];
            if (is_learned)
                *to += place[r->position[p] * C + c];
            if (t->config.positions == TWIN_SINUSOIDAL)
                *to += sinusoid(C, r->position[p], c);
        }
}

static void embed_grad(const twin *t, const struct row *r, const double *dx,
                       double *dw)
{
    int C = t->config.embed_width;
    int is_learned = t->config.positions == TWIN_LEARNED;
    double *token = dw + at(t, "embed/", "token");
    double *place = is_learned ? dw + at(t, "embed/", "position") : NULL;

    for (int p = 0; p < t->config.context; p++)
        for (int c = 0; c < C; c++) {
            token[r->input[p] * C + c] += dx[p * C + c];
            if (is_learned)
                place[r->position[p] * C + c] += dx[p * C + c];
        }
}

/* An invalid latent starts from input 0, and from zero in an empty row. */
static int source_of(const struct row *r, int i)
{
    if (r->length == 0)
        return -1;
    return r->step[i] < 0 ? 0 : r->step[i];
}

static void cross_row(const twin *t, const double *w, const struct row *r,
                      const double *dy, double *y, double *dw)
{
    int M = t->config.context, N = t->config.latents, d = t->config.width;
    int C = t->config.embed_width;
    struct heap heap = {.n = 0};
    double *x = zeros(&heap, (ptrdiff_t)M * C);
    double *seat = zeros(&heap, (ptrdiff_t)N * C);
    double *z0 = zeros(&heap, (ptrdiff_t)N * d);
    double *qin = zeros(&heap, (ptrdiff_t)N * d);
    double *kin = zeros(&heap, (ptrdiff_t)M * C);
    double *z1 = zeros(&heap, (ptrdiff_t)N * d);
    unsigned char *allow = (unsigned char *)zeros(&heap, (ptrdiff_t)N * M);
    struct attend a = {.prefix = "cross/",
                       .n = N,
                       .n_keys = M,
                       .keys_width = C,
                       .inner = C,
                       .heads = t->config.cross_heads,
                       .position = r->latent_position,
                       .key_position = r->position,
                       .allow = allow};
    struct mlp m;

    for (int i = 0; i < N; i++)
        for (int j = 0; j < M; j++)
            allow[i * M + j] = r->step[i] >= j && j < r->length;
    embed(t, w, r, x);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < C && source_of(r, i) >= 0; c++)
            seat[i * C + c] = x[source_of(r, i) * C + c];
    linear(N, C, d, seat, w + at(t, "latent/", "weight"),
           w + at(t, "latent/", "bias"), z0);
    norm(N, d, z0, w + at(t, "cross/", "norm_q/scale"),
         w + at(t, "cross/", "norm_q/offset"), qin);
    norm(M, C, x, w + at(t, "cross/", "norm_kv/scale"),
         w + at(t, "cross/", "norm_kv/offset"), kin);
    attend(t, w, &a, &heap, qin, kin, z1);
    for (int i = 0; i < N * d; i++)
        z1[i] += z0[i];
    mlp(t, w, "cross/", &m, &heap, z1, y);
    if (dw != NULL) {
        double *dz1 = zeros(&heap, (ptrdiff_t)N * d);
        double *dqin = zeros(&heap, (ptrdiff_t)N * d);
        double *dkin = zeros(&heap, (ptrdiff_t)M * C);
        double *dx = zeros(&heap, (ptrdiff_t)M * C);
        double *dseat = zeros(&heap, (ptrdiff_t)N * C);

        mlp_grad(t, w, "cross/", &m, &heap, z1, dy, dz1, dw);
        attend_grad(t, w, &a, &heap, qin, kin, dz1, dqin, dkin, dw);
        norm_grad(M, C, x, w + at(t, "cross/", "norm_kv/scale"), dkin, dx,
                  dw + at(t, "cross/", "norm_kv/scale"),
                  dw + at(t, "cross/", "norm_kv/offset"));
        /* dz1 goes on as the gradient of z0: the residual's share */
        norm_grad(N, d, z0, w + at(t, "cross/", "norm_q/scale"), dqin, dz1,
                  dw + at(t, "cross/", "norm_q/scale"),
                  dw + at(t, "cross/", "norm_q/offset"));
        linear_grad(N, C, d, seat, w + at(t, "latent/", "weight"), dz1, dseat,
                    dw + at(t, "latent/", "weight"),
                    dw + at(t, "latent/", "bias"));
        for (int i = 0; i < N; i++)
            for (int c = 0; c < C && source_of(r, i) >= 0; c++)
                dx[source_of(r, i) * C + c] += dseat[i * C + c];
        embed_grad(t, r, dx, dw);
    }
    release(&heap);
}

static void self_row(const twin *t, const double *w, int unit,
                     const struct row *r, const double *x, const double *dy,
                     double *y, double *dx, double *dw)
{
    int N = t->config.latents, d = t->config.width;
    char prefix[32];
    struct heap heap = {.n = 0};
    double *in = zeros(&heap, (ptrdiff_t)N * d);
    double *z1 = zeros(&heap, (ptrdiff_t)N * d);
    unsigned char *allow = (unsigned char *)zeros(&heap, (ptrdiff_t)N * N);
    struct attend a = {.prefix = prefix,
                       .n = N,
                       .n_keys = N,
                       .keys_width = d,
                       .inner = d,
                       .heads = t->config.heads,
                       .position = r->latent_position,
                       .key_position = r->latent_position,
                       .allow = allow};
    struct mlp m;

    prefix_of(unit, t->n_units, prefix);
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            allow[i * N + j] =
                i == j || (r->step[i] >= r->step[j] && r->step[j] >= 0);
    norm(N, d, x, w + at(t, prefix, "norm_attn/scale"),
         w + at(t, prefix, "norm_attn/offset"), in);
    attend(t, w, &a, &heap, in, in, z1);
    for (int i = 0; i < N * d; i++)
        z1[i] += x[i];
    mlp(t, w, prefix, &m, &heap, z1, y);
    if (dw != NULL) {
        double *din = zeros(&heap, (ptrdiff_t)N * d);

        mlp_grad(t, w, prefix, &m, &heap, z1, dy, dx, dw);
        attend_grad(t, w, &a, &heap, in, in, dx, din, din, dw);
        norm_grad(N, d, x, w + at(t, prefix, "norm_attn/scale"), din, dx,
                  dw + at(t, prefix, "norm_attn/scale"),
                  dw + at(t, prefix, "norm_attn/offset"));
    }
    release(&heap);
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

/* What the gradient of a loss is multiplied with, and its z-loss. */
struct goal {
    double weight, z_loss;
};

static void final_row(const twin *t, const double *w, const twin_item *item,
                      int b, const double *x, const struct goal *goal,
                      double *dx, double *dw, twin_loss *loss)
{
    int N = t->config.latents, d = t->config.width, V = t->config.vocab;
    struct heap heap = {.n = 0};
    double *in = zeros(&heap, (ptrdiff_t)N * d);
    double *logits = zeros(&heap, (ptrdiff_t)N * V);
    double *dlogits = zeros(&heap, (ptrdiff_t)N * V);
    double *din = zeros(&heap, (ptrdiff_t)N * d);

    norm(N, d, x, w + at(t, "final/", "norm/scale"),
         w + at(t, "final/", "norm/offset"), in);
    linear(N, d, V, in, w + at(t, "final/", "logits/weight"),
           w + at(t, "final/", "logits/bias"), logits);
    for (int i = 0; i < N; i++) {
        int label = label_of(t, item, b, i);
        double log_z = log_sum_exp(V, logits + i * V);

        if (label <= 0)
            continue;
        loss->nats += log_z - logits[i * V + label];
        loss->n_targets++;
        for (int c = 0; c < V && dw != NULL; c++)
            dlogits[i * V + c] =
                goal->weight * ((1.0 + 2.0 * goal->z_loss * log_z) *
                                    exp(logits[i * V + c] - log_z) -
                                (c == label));
    }
    if (dw != NULL) {
        memset(dx, 0, (size_t)(N * d) * sizeof(*dx));
        linear_grad(N, d, V, in, w + at(t, "final/", "logits/weight"), dlogits,
                    din, dw + at(t, "final/", "logits/weight"),
                    dw + at(t, "final/", "logits/bias"));
        norm_grad(N, d, x, w + at(t, "final/", "norm/scale"), din, dx,
                  dw + at(t, "final/", "norm/scale"),
                  dw + at(t, "final/", "norm/offset"));
    }
    release(&heap);
}

/* ---- units over all rows, and chains of units */

static twin_loss run_unit(const twin *t, const double *w, int unit,
                          const twin_item *item, const double *x,
                          const double *dy, const struct goal *goal, double *y,
                          double *dx, double *dw)
{
    ptrdiff_t size = (ptrdiff_t)t->config.latents * t->config.width;
    twin_loss loss = {0};

    for (int b = 0; b < item->rows; b++) {
        struct row row;
        const double *row_x = x == NULL ? NULL : x + b * size;
        const double *row_dy = dy == NULL ? NULL : dy + b * size;
        double *row_y = y == NULL ? NULL : y + b * size;
        double *row_dx = dx == NULL ? NULL : dx + b * size;

        set_row(t, item, b, &row);
        if (unit == 0)
            cross_row(t, w, &row, row_dy, row_y, dw);
        else if (unit < t->n_units - 1)
            self_row(t, w, unit, &row, row_x, row_dy, row_y, row_dx, dw);
        else
            final_row(t, w, item, b, row_x, goal, row_dx, dw, &loss);
        free(row.step);
    }
    return loss;
}

static double *new_activation(const twin *t, const twin_item *item)
{
    size_t n = (size_t)item->rows * (size_t)t->config.latents *
               (size_t)t->config.width;
    double *z = calloc(n, sizeof(*z));

    if (z == NULL)
        abort();
    return z;
}

twin_loss twin_forward(const twin *t, const double *w, int first, int last,
                       const twin_item *item, const double *x, double *y)
{
    double *z = NULL;
    twin_loss loss = {0};

    for (int unit = first; unit < last; unit++) {
        int is_end = unit == last - 1;
        double *out = is_end ? y : new_activation(t, item);

        loss = run_unit(t, w, unit, item, unit == first ? x : z, NULL, NULL,
                        out, NULL, NULL);
        free(z);
        z = is_end ? NULL : out;
    }
    return loss;
}

void twin_backward(const twin *t, const double *w, int first, int last,
                   const twin_item *item, const double *x, const double *dy,
                   double weight, double z_loss, double *dx, double *dw)
{
    struct goal goal = {weight, z_loss};
    double *lost = new_activation(t, item); /* outputs that nobody needs */
    double *g = NULL;

    for (int unit = last - 1; unit >= first; unit--) {
        double *in = NULL;
        double *left = unit == 0 ? NULL : new_activation(t, item);

        if (unit > first) {
            in = new_activation(t, item);
            twin_forward(t, w, first, unit, item, x, in);
        }
        run_unit(t, w, unit, item, unit == first ? x : in,
                 unit == last - 1 ? dy : g, &goal, lost, left, dw);
        free(in);
        free(g);
        g = left;
    }
    if (dx != NULL)
        memcpy(dx, g,
               (size_t)item->rows * (size_t)t->config.latents *
                   (size_t)t->config.width * sizeof(*dx));
    free(g);
    free(lost);
}

/* twin.c - Perceiver AR in plain loops: parameters, masks, units and chains. */
#include "twin_parts.h"

#define TWIN_MAX_PARAMS 4096

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

/* An invalid latent starts from input 0. */
static int source_of(const struct row *r, int i)
{
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
        for (int c = 0; c < C; c++)
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
            for (int c = 0; c < C; c++)
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

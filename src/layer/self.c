/* self.c - causal self-attention over the latents, and its MLP; pre-norm.
 *
 *   z1 = x + dropout(heads(norm_attn(x))),  y = z1 + dropout(mlp(z1))
 *
 * Kept: moments, rotated queries, keys and values, the attention's output and
 * log-sum-exp, z1, and the MLP's hidden values. Normalised inputs are made
 * again where they are needed, as in mlp.h. */
#include "base/number.h"
#include "layer/kv.h"
#include "layer/mlp.h"
#include "layer/perceiver.h"

#include "base/text.h"
#include "math/vector.h"

#include <stdlib.h>
#include <string.h>

struct self {
    const sidle_perceiver *config;
    sidle_norm norm;
    sidle_heads heads;
    sidle_drop drop;
    sidle_mlp mlp;
};

/* Everything that a call works on: cache, stash and scratch in pieces. */
struct parts {
    ptrdiff_t n;           /* latents of all rows */
    sidle_moments moments; /* cache */
    sidle_real *middle;    /* cache: z1 */
    sidle_real *d_normed;  /* stash */
    sidle_real *d_middle;  /* stash */
    sidle_real *normed;    /* scratch */
    sidle_moments again;   /* scratch */
    sidle_heads_call heads;
    sidle_mlp_call mlp;
};

static size_t carve_cache(const struct self *self, struct parts *parts,
                          const sidle_real *cache)
{
    sidle_carve carve = sidle_carve_of(cache);

    parts->moments.mean = sidle_carve_reals(&carve, parts->n);
    parts->moments.rstd = sidle_carve_reals(&carve, parts->n);
    parts->middle = sidle_carve_reals(&carve, parts->n * self->config->width);
    parts->heads.kept =
        sidle_heads_carve_kept(&self->heads, &carve, &parts->heads.span);
    parts->mlp.kept = sidle_mlp_carve_kept(&self->mlp, &carve, parts->n);
    return carve.used;
}

static size_t carve_stash(const struct self *self, struct parts *parts,
                          const sidle_real *stash)
{
    sidle_carve carve = sidle_carve_of(stash);

    parts->d_normed = sidle_carve_reals(&carve, parts->n * self->config->width);
    parts->d_middle = sidle_carve_reals(&carve, parts->n * self->config->width);
    parts->heads.grads =
        sidle_heads_carve_grads(&self->heads, &carve, &parts->heads.span);
    parts->mlp.grads = sidle_mlp_carve_grads(&self->mlp, &carve, parts->n);
    return carve.used;
}

static size_t carve_scratch(const struct self *self, struct parts *parts,
                            sidle_real *scratch)
{
    sidle_carve carve = {scratch, 0};
    ptrdiff_t rows = parts->n / self->config->latents;

    parts->heads.span = sidle_span_carve(&carve, rows, self->config->latents,
                                         self->config->latents);
    parts->heads.span.keep = NULL;
    /* The keys are those of the queries' latents. */
    parts->heads.span.key_at = parts->heads.span.query_at;
    parts->normed = sidle_carve_reals(&carve, parts->n * self->config->width);
    parts->again.mean = sidle_carve_reals(&carve, parts->n);
    parts->again.rstd = sidle_carve_reals(&carve, parts->n);
    parts->heads.scratch = parts->mlp.scratch = sidle_carve_rest(&carve);
    return carve.used +
           sidle_larger_size(
               sidle_heads_scratch(&self->heads, &parts->heads.span),
               sidle_mlp_scratch(&self->mlp, parts->n));
}

static void fill_span(const struct self *self, const sidle_item *item,
                      sidle_span *span)
{
    ptrdiff_t N = self->config->latents;

    for (ptrdiff_t b = 0; b < item->rows; b++) {
        sidle_self_mask(item->length[b], N, span->first + b * N,
                        span->last + b * N);
        for (ptrdiff_t i = 0; i < N; i++)
            span->query_at[b * N + i] =
                sidle_latent_input(item->length[b], N, i) + 1;
    }
}

static struct parts start(const struct self *self, const sidle_call *call)
{
    const sidle_item *item = call->item;
    struct parts parts = {.n = item->rows * self->config->latents};

    parts.mlp.item = item;
    parts.mlp.rows = parts.n;
    carve_scratch(self, &parts, call->scratch);
    carve_cache(self, &parts, call->cache);
    carve_stash(self, &parts, call->stash);
    fill_span(self, item, &parts.heads.span);
    return parts;
}

static void add_params(struct self *self, sidle_layer *layer)
{
    const sidle_perceiver *config = self->config;
    ptrdiff_t d = config->width, row_size = config->latents * d;
    const char *path = layer->path;
    char name[64];

    sidle_text_format(name, sizeof(name), "%s/norm_attn", path);
    self->norm = sidle_norm_add(layer, name, d);
    sidle_heads_add(&self->heads, layer, path, d, d, config->heads);
    sidle_mlp_add(&self->mlp, layer, path, d, config->mlp_factor);
    self->mlp.activation = config->activation;
    self->drop = self->mlp.drop =
        (sidle_drop){.p = config->dropout, .row_size = row_size};
    sidle_text_format(self->drop.place, sizeof(self->drop.place), "%s/attn",
                      path);
    sidle_text_format(self->mlp.drop.place, sizeof(self->mlp.drop.place),
                      "%s/mlp", path);
}

/* Products of a row: queries, keys, values and output, scores and weighted
 * sums, MLP. Causal masks are not deducted. */
static double count_flops(const sidle_perceiver *config)
{
    double N = (double)config->latents, d = (double)config->width;

    return (8.0 + 4.0 * (double)config->mlp_factor) * N * d * d +
           4.0 * N * N * d;
}

static sidle_status setup(sidle_layer *layer, const void *config)
{
    struct self *self = calloc(1, sizeof(*self));
    struct parts parts = {0};

    if (self == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = self;
    self->config = config;
    SIDLE_TRY(sidle_perceiver_check(self->config));
    SIDLE_TRY(sidle_perceiver_check_input(layer, self->config));
    add_params(self, layer);
    if (self->config->positions == SIDLE_ROTARY)
        SIDLE_TRY(sidle_heads_rotate(&self->heads,
                                     self->config->rotary_fraction,
                                     self->config->context));
    parts.n = layer->rows * self->config->latents;
    layer->out_shape = layer->in_shape;
    layer->capacity = self->config->latents;
    layer->can_slide = 1;
    layer->scratch = carve_scratch(self, &parts, NULL);
    layer->cache = carve_cache(self, &parts, NULL);
    layer->stash = carve_stash(self, &parts, NULL);
    layer->tables = sidle_heads_tables(&self->heads);
    layer->flops = (double)layer->rows * count_flops(self->config);
    return SIDLE_OK;
}

static sidle_status ready(sidle_layer *layer)
{
    struct self *self = layer->self;

    return sidle_heads_ready(&self->heads);
}

static void done(sidle_layer *layer)
{
    struct self *self = layer->self;

    sidle_heads_done(&self->heads);
    free(self);
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const struct self *self = layer->self;
    struct parts parts = start(self, call);

    sidle_norm_forward(&self->norm, parts.n, call->w, call->x, parts.normed,
                       parts.moments);
    sidle_heads_forward(&self->heads, &parts.heads, call->w, parts.normed,
                        parts.normed, parts.middle);
    sidle_drop_apply(&self->drop, call->item, parts.middle);
    sidle_add(parts.n * self->config->width, call->x, parts.middle);
    sidle_mlp_forward(&self->mlp, &parts.mlp, call->w, parts.middle, call->y);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct self *self = layer->self;
    struct parts parts = start(self, call);
    const sidle_real *dropped;

    sidle_mlp_input_grad(&self->mlp, &parts.mlp, call->w, parts.middle,
                         call->dy, parts.d_middle);
    dropped =
        sidle_dropped(&self->drop, call->item, parts.d_middle, parts.normed);
    sidle_heads_input_grad(&self->heads, &parts.heads, call->w, dropped,
                           parts.d_normed, parts.d_normed);
    if (call->dx == NULL)
        return;
    /* The residual branch first: the norm's gradient is added to it. */
    memcpy(call->dx, parts.d_middle, layer->in * sizeof(*call->dx));
    sidle_norm_input_grad(&self->norm, parts.n, call->w, call->x, parts.moments,
                          parts.d_normed, call->dx);
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct self *self = layer->self;
    struct parts parts = start(self, call);
    const sidle_real *dropped;

    sidle_mlp_weight_grad(&self->mlp, &parts.mlp, call->w, parts.middle,
                          call->dy, call->dw);
    sidle_norm_forward(&self->norm, parts.n, call->w, call->x, parts.normed,
                       parts.again);
    /* The MLP is through with its scratch: it holds the dropped gradient. */
    dropped = sidle_dropped(&self->drop, call->item, parts.d_middle,
                            parts.mlp.scratch);
    sidle_heads_weight_grad(&self->heads, &parts.heads, parts.normed,
                            parts.normed, dropped, call->dw);
    sidle_norm_weight_grad(&self->norm, parts.n, call->x, parts.moments,
                           parts.d_normed, call->dw);
}

static size_t state_size(const sidle_layer *layer, ptrdiff_t capacity)
{
    const struct self *self = layer->self;

    return sidle_kv_size(&self->heads, capacity);
}

static void state_clear(const sidle_layer *layer, sidle_real *state,
                        ptrdiff_t capacity)
{
    (void)layer;
    sidle_kv_clear(state, capacity);
}

static void state_drop(const sidle_layer *layer, sidle_real *state, ptrdiff_t n)
{
    (void)layer;
    sidle_kv_drop(state, n);
}

struct step_work {
    sidle_moments moments;
    sidle_real *normed, *middle;
    sidle_mlp_call mlp;
    sidle_real *rest;
};

static struct step_work carve_step(const struct self *self, sidle_carve *carve,
                                   ptrdiff_t n)
{
    struct step_work work = {.mlp.rows = n};

    work.moments.mean = sidle_carve_reals(carve, n);
    work.moments.rstd = sidle_carve_reals(carve, n);
    work.normed = sidle_carve_reals(carve, n * self->config->width);
    work.middle = sidle_carve_reals(carve, n * self->config->width);
    work.mlp.kept = sidle_mlp_carve_kept(&self->mlp, carve, n);
    work.rest = work.mlp.scratch = sidle_carve_rest(carve);
    return work;
}

static size_t step_scratch(const sidle_layer *layer, ptrdiff_t capacity,
                           ptrdiff_t n_new, ptrdiff_t n_out)
{
    const struct self *self = layer->self;
    sidle_carve carve = {NULL, 0};

    (void)n_new;
    carve_step(self, &carve, n_out);
    return carve.used +
           sidle_larger_size(
               sidle_kv_scratch(&self->heads, capacity, n_out, n_out),
               sidle_mlp_scratch(&self->mlp, n_out));
}

static void step(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step, sidle_real *scratch)
{
    const struct self *self = layer->self;
    sidle_carve carve = {scratch, 0};
    struct step_work work = carve_step(self, &carve, step->n_out);

    sidle_norm_forward(&self->norm, step->n_out, w, step->x, work.normed,
                       work.moments);
    sidle_kv_attend(&self->heads, w, state, step, step->n_out, work.normed,
                    work.normed, work.middle, work.rest);
    sidle_add(step->n_out * self->config->width, step->x, work.middle);
    sidle_mlp_forward(&self->mlp, &work.mlp, w, work.middle, step->y);
}

const sidle_layer_ops sidle_self_ops = {
    .kind = "self",
    .options_size = sizeof(sidle_perceiver),
    .setup = setup,
    .ready = ready,
    .done = done,
    .forward = forward,
    .input_grad = input_grad,
    .weight_grad = weight_grad,
    .state_size = state_size,
    .state_clear = state_clear,
    .state_drop = state_drop,
    .step = step,
    .step_scratch = step_scratch,
};

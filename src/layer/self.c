/* self.c - causal self-attention over the latents, and its MLP; pre-norm.
 *
 *   z1 = x + dropout(heads(norm_attn(x))),  y = z1 + dropout(mlp(z1))
 *
 * Kept: moments, rotated queries, keys and values, the attention's output and
 * log-sum-exp, z1, and the MLP's hidden values. Normalised inputs are made
 * again where they are needed, as in mlp.h. */
#include "layer/kv.h"
#include "layer/mlp.h"
#include "layer/perceiver.h"

#include "base/text.h"
#include "math/vector.h"

#include <stdlib.h>
#include <string.h>

struct self {
    const sidle_perceiver *config;
    sidle_gain norm;
    sidle_heads heads;
    sidle_drop drop;
    sidle_mlp mlp;
};

/* Everything that a call works on: cache, stash and scratch in pieces. */
struct call {
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

static size_t cut_cache(const struct self *self, struct call *call,
                        const sidle_real *cache)
{
    sidle_cut cut = sidle_cut_of(cache);

    call->moments.mean = sidle_cut_reals(&cut, call->n);
    call->moments.rstd = sidle_cut_reals(&cut, call->n);
    call->middle = sidle_cut_reals(&cut, call->n * self->config->width);
    call->heads.kept =
        sidle_heads_cut_kept(&self->heads, &cut, &call->heads.span);
    call->mlp.kept = sidle_mlp_cut_kept(&self->mlp, &cut, call->n);
    return cut.used;
}

static size_t cut_stash(const struct self *self, struct call *call,
                        const sidle_real *stash)
{
    sidle_cut cut = sidle_cut_of(stash);

    call->d_normed = sidle_cut_reals(&cut, call->n * self->config->width);
    call->d_middle = sidle_cut_reals(&cut, call->n * self->config->width);
    call->heads.grads =
        sidle_heads_cut_grads(&self->heads, &cut, &call->heads.span);
    call->mlp.grads = sidle_mlp_cut_grads(&self->mlp, &cut, call->n);
    return cut.used;
}

static size_t cut_scratch(const struct self *self, struct call *call,
                          sidle_real *scratch)
{
    sidle_cut cut = {scratch, 0};
    ptrdiff_t rows = call->n / self->config->latents;

    call->heads.span = sidle_span_cut(&cut, rows, self->config->latents,
                                      self->config->latents);
    call->heads.span.keep = NULL;
    call->heads.span.key_at = call->heads.span.query_at;
    call->normed = sidle_cut_reals(&cut, call->n * self->config->width);
    call->again.mean = sidle_cut_reals(&cut, call->n);
    call->again.rstd = sidle_cut_reals(&cut, call->n);
    call->heads.scratch = call->mlp.scratch = sidle_cut_rest(&cut);
    return cut.used +
           sidle_larger(sidle_heads_scratch(&self->heads, &call->heads.span),
                        sidle_mlp_scratch(&self->mlp, call->n));
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

static struct call start(const struct self *self, const sidle_item *item,
                         const sidle_real *cache, const sidle_real *stash,
                         sidle_real *scratch)
{
    struct call call = {.n = item->rows * self->config->latents};

    call.mlp.item = item;
    call.mlp.rows = call.n;
    cut_scratch(self, &call, scratch);
    cut_cache(self, &call, cache);
    cut_stash(self, &call, stash);
    fill_span(self, item, &call.heads.span);
    return call;
}

static void add_params(struct self *self, sidle_layer *layer)
{
    const sidle_perceiver *config = self->config;
    ptrdiff_t d = config->width, row_size = config->latents * d;
    char path[32], name[64];

    sidle_text_format(path, sizeof(path), "self/%03d", layer->index - 1);
    sidle_text_format(name, sizeof(name), "%s/norm_attn", path);
    self->norm = sidle_gain_add(layer, name, d);
    sidle_heads_add(&self->heads, layer, path, d, d, config->heads);
    sidle_mlp_add(&self->mlp, layer, path, d, config->mlp_factor);
    self->mlp.bend = config->activation;
    self->drop = self->mlp.drop =
        (sidle_drop){.p = config->dropout, .row_size = row_size};
    sidle_text_format(self->drop.place, sizeof(self->drop.place), "%s/attn",
                      path);
    sidle_text_format(self->mlp.drop.place, sizeof(self->mlp.drop.place),
                      "%s/mlp", path);
}

static sidle_status setup(sidle_layer *layer, const void *config)
{
    struct self *self = calloc(1, sizeof(*self));
    struct call call = {0};
    double N, d;

    if (!self)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = self;
    self->config = config;
    SIDLE_TRY(sidle_perceiver_check(self->config));
    add_params(self, layer);
    if (self->config->positions == SIDLE_ROTARY)
        SIDLE_TRY(sidle_heads_rotate(&self->heads,
                                     self->config->rotary_fraction,
                                     self->config->context));
    call.n = layer->rows * self->config->latents;
    layer->in = layer->out = (size_t)(call.n * self->config->width);
    layer->scratch = cut_scratch(self, &call, NULL);
    layer->cache = cut_cache(self, &call, NULL);
    layer->stash = cut_stash(self, &call, NULL);
    layer->tables = sidle_heads_tables(&self->heads);
    N = (double)self->config->latents;
    d = (double)self->config->embed_width;
    layer->flops = (double)layer->rows * (24.0 * N * d * d + 4.0 * N * N * d);
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

static void forward(const sidle_layer *layer, const sidle_item *item,
                    const sidle_real *w, const sidle_real *x, sidle_real *y,
                    sidle_real *cache, sidle_real *scratch)
{
    const struct self *self = layer->self;
    struct call call = start(self, item, cache, NULL, scratch);

    sidle_gain_forward(&self->norm, call.n, w, x, call.normed, call.moments);
    sidle_heads_forward(&self->heads, &call.heads, w, call.normed, call.normed,
                        call.middle);
    sidle_drop_apply(&self->drop, item, call.middle);
    sidle_add(call.n * self->config->width, x, call.middle);
    sidle_mlp_forward(&self->mlp, &call.mlp, w, call.middle, y);
}

static void input_grad(const sidle_layer *layer, const sidle_item *item,
                       const sidle_real *w, const sidle_real *x,
                       const sidle_real *cache, const sidle_real *dy,
                       sidle_real *dx, sidle_real *stash, sidle_real *scratch)
{
    const struct self *self = layer->self;
    struct call call = start(self, item, cache, stash, scratch);
    const sidle_real *dropped;

    sidle_mlp_input_grad(&self->mlp, &call.mlp, w, call.middle, dy,
                         call.d_middle);
    dropped = sidle_dropped(&self->drop, item, call.d_middle, call.normed);
    sidle_heads_input_grad(&self->heads, &call.heads, w, dropped, call.d_normed,
                           call.d_normed);
    memcpy(dx, call.d_middle,
           (size_t)(call.n * self->config->width) * sizeof(*dx));
    sidle_gain_input_grad(&self->norm, call.n, w, x, call.moments,
                          call.d_normed, dx);
}

static void weight_grad(const sidle_layer *layer, const sidle_item *item,
                        const sidle_real *w, const sidle_real *x,
                        const sidle_real *cache, const sidle_real *dy,
                        const sidle_real *stash, sidle_real *dw,
                        sidle_real *scratch)
{
    const struct self *self = layer->self;
    struct call call = start(self, item, cache, stash, scratch);
    const sidle_real *dropped;

    sidle_mlp_weight_grad(&self->mlp, &call.mlp, w, call.middle, dy, dw);
    sidle_gain_forward(&self->norm, call.n, w, x, call.normed, call.again);
    /* The MLP is through with its scratch: it holds the dropped gradient. */
    dropped = sidle_dropped(&self->drop, item, call.d_middle, call.mlp.scratch);
    sidle_heads_weight_grad(&self->heads, &call.heads, call.normed, call.normed,
                            dropped, dw);
    sidle_gain_weight_grad(&self->norm, call.n, x, call.moments, call.d_normed,
                           dw);
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

static struct step_work cut_step(const struct self *self, sidle_cut *cut,
                                 ptrdiff_t n)
{
    struct step_work work = {.mlp.rows = n};

    work.moments.mean = sidle_cut_reals(cut, n);
    work.moments.rstd = sidle_cut_reals(cut, n);
    work.normed = sidle_cut_reals(cut, n * self->config->width);
    work.middle = sidle_cut_reals(cut, n * self->config->width);
    work.mlp.kept = sidle_mlp_cut_kept(&self->mlp, cut, n);
    work.rest = work.mlp.scratch = sidle_cut_rest(cut);
    return work;
}

static size_t step_scratch(const sidle_layer *layer, ptrdiff_t capacity,
                           ptrdiff_t n_new, ptrdiff_t n_out)
{
    const struct self *self = layer->self;
    sidle_cut cut = {NULL, 0};

    (void)n_new;
    cut_step(self, &cut, n_out);
    return cut.used +
           sidle_larger(sidle_kv_scratch(&self->heads, capacity, n_out, n_out),
                        sidle_mlp_scratch(&self->mlp, n_out));
}

static void step(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step, sidle_real *scratch)
{
    const struct self *self = layer->self;
    sidle_cut cut = {scratch, 0};
    struct step_work work = cut_step(self, &cut, step->n_out);

    sidle_gain_forward(&self->norm, step->n_out, w, step->x, work.normed,
                       work.moments);
    sidle_kv_attend(&self->heads, w, state, step, step->n_out, work.normed,
                    work.normed, work.middle, work.rest);
    sidle_add(step->n_out * self->config->width, step->x, work.middle);
    sidle_mlp_forward(&self->mlp, &work.mlp, w, work.middle, step->y);
}

const sidle_layer_ops sidle_self_ops = {
    .kind = "self",
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

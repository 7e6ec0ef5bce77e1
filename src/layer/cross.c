/* cross.c - tokens to latents: embedding, latent projection, cross-attention
 * of the last N inputs to all M, and its MLP. The first layer.
 *
 *   e = embedding of the inputs,        z0 = latent(e of the last N)
 *   z1 = z0 + dropout(heads(norm_q(z0), norm_kv(e)))
 *   y = z1 + dropout(mlp(z1))
 *
 * Kept: z0, z1, moments, rotated queries, keys and values, the attention's
 * output and log-sum-exp, the MLP's hidden values. The embeddings, (M, C) a
 * row, are gathered again in the backward: they cost less than their memory.
 * An invalid latent starts from input 0, which is PAD in an empty row. No loss
 * of the item sees it; but under Sideways a gradient of another item does. */
#include "base/number.h"
#include "layer/embed.h"
#include "layer/kv.h"
#include "layer/mlp.h"
#include "layer/perceiver.h"

#include "base/text.h"
#include "math/vector.h"

#include <stdlib.h>
#include <string.h>

struct cross {
    const sidle_perceiver *config;
    sidle_embed embed;
    sidle_affine latent;
    sidle_norm norm_q, norm_kv;
    sidle_heads heads;
    sidle_drop drop;
    sidle_mlp mlp;
};

struct parts {
    ptrdiff_t M;             /* inputs of a row */
    ptrdiff_t n, m;          /* latents and inputs of all rows */
    sidle_moments moments_q; /* cache */
    sidle_real *z0, *middle; /* cache */
    sidle_real *d_normed_q;  /* stash (n, d) */
    sidle_real *d_normed_kv; /* stash (m, C) */
    sidle_real *d_z0;        /* stash (n, d) */
    sidle_real *d_middle;    /* stash (n, d) */
    sidle_real *inputs;      /* scratch (m, C): e */
    sidle_real *normed_kv;   /* scratch (m, C) */
    sidle_real *chosen;      /* scratch (n, C): e of the latents' inputs */
    sidle_real *normed_q;    /* scratch (n, d) */
    sidle_moments moments_kv, again; /* scratch */
    sidle_real *rest;                /* scratch of the parts */
    sidle_heads_call heads;
    sidle_mlp_call mlp;
};

static size_t carve_cache(const struct cross *cross, struct parts *parts,
                          const sidle_real *cache)
{
    sidle_carve carve = sidle_carve_of(cache);

    parts->moments_q.mean = sidle_carve_reals(&carve, parts->n);
    parts->moments_q.rstd = sidle_carve_reals(&carve, parts->n);
    parts->z0 = sidle_carve_reals(&carve, parts->n * cross->config->width);
    parts->middle = sidle_carve_reals(&carve, parts->n * cross->config->width);
    parts->heads.kept =
        sidle_heads_carve_kept(&cross->heads, &carve, &parts->heads.span);
    parts->mlp.kept = sidle_mlp_carve_kept(&cross->mlp, &carve, parts->n);
    return carve.used;
}

static size_t carve_stash(const struct cross *cross, struct parts *parts,
                          const sidle_real *stash)
{
    sidle_carve carve = sidle_carve_of(stash);

    parts->d_normed_q =
        sidle_carve_reals(&carve, parts->n * cross->config->width);
    parts->d_normed_kv =
        sidle_carve_reals(&carve, parts->m * cross->config->embed_width);
    parts->d_z0 = sidle_carve_reals(&carve, parts->n * cross->config->width);
    parts->d_middle =
        sidle_carve_reals(&carve, parts->n * cross->config->width);
    parts->heads.grads =
        sidle_heads_carve_grads(&cross->heads, &carve, &parts->heads.span);
    parts->mlp.grads = sidle_mlp_carve_grads(&cross->mlp, &carve, parts->n);
    return carve.used;
}

static size_t carve_scratch(const struct cross *cross, struct parts *parts,
                            ptrdiff_t rows, sidle_real *scratch)
{
    sidle_carve carve = {scratch, 0};
    ptrdiff_t C = cross->config->embed_width;
    size_t most;

    parts->heads.span =
        sidle_span_carve(&carve, rows, cross->config->latents, parts->M);
    parts->inputs = sidle_carve_reals(&carve, parts->m * C);
    parts->normed_kv = sidle_carve_reals(&carve, parts->m * C);
    parts->chosen = sidle_carve_reals(&carve, parts->n * C);
    parts->normed_q =
        sidle_carve_reals(&carve, parts->n * cross->config->width);
    parts->moments_kv.mean = sidle_carve_reals(&carve, parts->m);
    parts->moments_kv.rstd = sidle_carve_reals(&carve, parts->m);
    parts->again.mean = sidle_carve_reals(&carve, parts->n);
    parts->again.rstd = sidle_carve_reals(&carve, parts->n);
    parts->rest = parts->heads.scratch = parts->mlp.scratch =
        sidle_carve_rest(&carve);
    most = sidle_larger_size(
        sidle_heads_scratch(&cross->heads, &parts->heads.span),
        sidle_mlp_scratch(&cross->mlp, parts->n));
    return carve.used + sidle_larger_size(
                            most, sidle_embed_scratch(&cross->embed, parts->m));
}

/* One draw a (row, input), for all latents and heads. */
static uint8_t *fill_keep(const struct cross *cross, const sidle_item *item,
                          ptrdiff_t M, uint8_t *keep)
{
    double p = cross->config->cross_dropout;
    /* Four elements share a draw: each row begins at a multiple of four. */
    ptrdiff_t stride = (cross->config->context + 3) / 4 * 4;
    sidle_rng rng;

    if (!item->is_training || p <= 0.0)
        return NULL;
    rng = (sidle_rng){item->seed,
                      sidle_rng_stream("cross/keys", (uint64_t)item->number)};
    for (ptrdiff_t b = 0; b < item->rows; b++)
        sidle_dropout_keys(rng, (uint64_t)((item->first_row + b) * stride), p,
                           M, keep + b * M);
    return keep;
}

static void fill_span(const struct cross *cross, const sidle_item *item,
                      sidle_span *span)
{
    ptrdiff_t N = span->n_queries, M = span->n_keys;

    for (ptrdiff_t b = 0; b < item->rows; b++) {
        sidle_cross_mask(item->length[b], N, span->first + b * N,
                         span->last + b * N);
        for (ptrdiff_t i = 0; i < N; i++)
            /* Position 0 is padding's; SOS stands at 1. */
            span->query_at[b * N + i] =
                sidle_latent_input(item->length[b], N, i) + 1;
        for (ptrdiff_t p = 0; p < M; p++)
            span->key_at[b * M + p] = p + 1;
    }
    span->keep = fill_keep(cross, item, M, span->keep);
}

static struct parts start(const struct cross *cross, const sidle_call *call)
{
    const sidle_item *item = call->item;
    struct parts parts = {.M = cross->config->context};

    parts.n = item->rows * cross->config->latents;
    parts.m = item->rows * parts.M;
    parts.mlp.item = item;
    parts.mlp.rows = parts.n;
    carve_scratch(cross, &parts, item->rows, call->scratch);
    carve_cache(cross, &parts, call->cache);
    carve_stash(cross, &parts, call->stash);
    fill_span(cross, item, &parts.heads.span);
    return parts;
}

static void add_params(struct cross *cross, sidle_layer *layer)
{
    const sidle_perceiver *config = cross->config;
    ptrdiff_t d = config->width, C = config->embed_width;

    cross->latent = sidle_affine_add(layer, "latent", d, C, 1);
    cross->norm_q = sidle_norm_add(layer, "cross/norm_q", d);
    cross->norm_kv = sidle_norm_add(layer, "cross/norm_kv", C);
    sidle_heads_add(&cross->heads, layer, "cross", d, C, config->cross_heads);
    sidle_mlp_add(&cross->mlp, layer, "cross", d, config->mlp_factor);
    cross->mlp.activation = config->activation;
    cross->drop =
        (sidle_drop){"cross/attn", config->dropout, config->latents * d};
    cross->mlp.drop =
        (sidle_drop){"cross/mlp", config->dropout, config->latents * d};
}

/* Products of a row: queries, keys and values, scores and weighted sums,
 * output, latent projection, MLP. Causal masks are not deducted. */
static double count_flops(const sidle_perceiver *config)
{
    double M = (double)config->context, N = (double)config->latents;
    double C = (double)config->embed_width, d = (double)config->width;

    return 4.0 * M * C * C + 4.0 * N * M * C + 6.0 * N * C * d +
           4.0 * (double)config->mlp_factor * N * d * d;
}

/* The embedding's gradient counts the inputs of a batch in 32 bits. */
static sidle_status check_inputs(ptrdiff_t rows, ptrdiff_t context)
{
    if (rows <= INT32_MAX / context)
        return SIDLE_OK;
    return sidle_fail(
        SIDLE_EUSAGE,
        "data.batch is %td (or eval.batch, in sidle eval), with a "
        "model.context of %td it must be at most %td",
        rows, context, INT32_MAX / context);
}

static sidle_status setup(sidle_layer *layer, const void *config)
{
    struct cross *cross = calloc(1, sizeof(*cross));
    struct parts parts = {0};

    if (cross == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = cross;
    cross->config = config;
    SIDLE_TRY(sidle_perceiver_check(cross->config));
    SIDLE_TRY(check_inputs(layer->rows, cross->config->context));
    SIDLE_TRY(sidle_embed_add(&cross->embed, layer, cross->config));
    add_params(cross, layer);
    if (cross->config->positions == SIDLE_ROTARY)
        SIDLE_TRY(sidle_heads_rotate(&cross->heads,
                                     cross->config->rotary_fraction,
                                     cross->config->context));
    parts.M = cross->config->context;
    parts.n = layer->rows * cross->config->latents;
    parts.m = layer->rows * parts.M;
    layer->out_shape =
        (sidle_shape){2, {cross->config->latents, cross->config->width}};
    layer->capacity = cross->config->context;
    layer->can_slide = cross->config->positions == SIDLE_ROTARY;
    sidle_layer_read(layer, "tokens", 'i',
                     &(sidle_shape){1, {cross->config->context + 1}});
    layer->scratch = carve_scratch(cross, &parts, layer->rows, NULL);
    layer->cache = carve_cache(cross, &parts, NULL);
    layer->stash = carve_stash(cross, &parts, NULL);
    layer->tables =
        sidle_embed_tables(&cross->embed) + sidle_heads_tables(&cross->heads);
    layer->flops = (double)layer->rows * count_flops(cross->config);
    return SIDLE_OK;
}

static sidle_status ready(sidle_layer *layer)
{
    struct cross *cross = layer->self;

    SIDLE_TRY(sidle_embed_ready(&cross->embed));
    return sidle_heads_ready(&cross->heads);
}

static void done(sidle_layer *layer)
{
    struct cross *cross = layer->self;

    sidle_embed_done(&cross->embed);
    sidle_heads_done(&cross->heads);
    free(cross);
}

/* The input that a latent starts from. */
static ptrdiff_t source_of(ptrdiff_t length, ptrdiff_t N, ptrdiff_t i)
{
    ptrdiff_t at = sidle_latent_input(length, N, i);

    return at < 0 ? 0 : at;
}

/* e, its norm, and e of the latents' inputs. */
static void make_inputs(const struct cross *cross, const struct parts *parts,
                        const sidle_inputs *in, const sidle_real *w)
{
    ptrdiff_t N = cross->config->latents, C = cross->config->embed_width;
    size_t bytes = (size_t)C * sizeof(sidle_real);

    for (ptrdiff_t b = 0; b < in->rows; b++) {
        ptrdiff_t length = sidle_embed_count(in->length[b]);
        sidle_real *e = parts->inputs + b * parts->M * C;
        sidle_real *chosen = parts->chosen + b * N * C;

        sidle_embed_tokens(&cross->embed, w, length,
                           sidle_embed_row_tokens(in, b), in->length[b] > 0, e);
        /* Masked, but normalised with the rest: it must be finite. */
        memset(e + length * C, 0, (size_t)(parts->M - length) * bytes);
        for (ptrdiff_t i = 0; i < N; i++) {
            ptrdiff_t at = source_of(in->length[b], N, i);

            memcpy(chosen + i * C, e + at * C, bytes);
        }
    }
    sidle_norm_forward(&cross->norm_kv, parts->m, w, parts->inputs,
                       parts->normed_kv, parts->moments_kv);
}

static sidle_inputs inputs_of(const sidle_layer *layer, const sidle_item *item)
{
    const struct cross *cross = layer->self;

    return (sidle_inputs){.rows = item->rows,
                          .width = cross->config->context + 1,
                          .length = item->length,
                          .tokens = sidle_layer_field(layer, item, 0)};
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const struct cross *cross = layer->self;
    const sidle_real *w = call->w;
    struct parts parts = start(cross, call);
    sidle_inputs inputs = inputs_of(layer, call->item);

    make_inputs(cross, &parts, &inputs, w);
    sidle_affine_forward(&cross->latent, parts.n, w, parts.chosen, parts.z0);
    sidle_norm_forward(&cross->norm_q, parts.n, w, parts.z0, parts.normed_q,
                       parts.moments_q);
    sidle_heads_forward(&cross->heads, &parts.heads, w, parts.normed_q,
                        parts.normed_kv, parts.middle);
    sidle_drop_apply(&cross->drop, call->item, parts.middle);
    sidle_add(parts.n * cross->config->width, parts.z0, parts.middle);
    sidle_mlp_forward(&cross->mlp, &parts.mlp, w, parts.middle, call->y);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct cross *cross = layer->self;
    const sidle_real *w = call->w, *dropped;
    struct parts parts = start(cross, call);

    sidle_mlp_input_grad(&cross->mlp, &parts.mlp, w, parts.middle, call->dy,
                         parts.d_middle);
    dropped =
        sidle_dropped(&cross->drop, call->item, parts.d_middle, parts.normed_q);
    sidle_heads_input_grad(&cross->heads, &parts.heads, w, dropped,
                           parts.d_normed_q, parts.d_normed_kv);
    /* The residual branch first: the norm's gradient is added to it. */
    memcpy(parts.d_z0, parts.d_middle,
           (size_t)(parts.n * cross->config->width) * sizeof(*parts.d_z0));
    sidle_norm_input_grad(&cross->norm_q, parts.n, w, parts.z0, parts.moments_q,
                          parts.d_normed_q, parts.d_z0);
}

/* The gradient of e goes into the tables: through norm_kv, and through the
 * latents. It is written over the normalised inputs, which are used up. */
static void embed_grad(const struct cross *cross, const struct parts *parts,
                       const sidle_inputs *in, const sidle_real *w,
                       sidle_real *dw)
{
    ptrdiff_t N = cross->config->latents, C = cross->config->embed_width;
    sidle_real *de = parts->normed_kv, *chosen = parts->chosen;

    memset(de, 0, (size_t)(parts->m * C) * sizeof(*de));
    sidle_norm_input_grad(&cross->norm_kv, parts->m, w, parts->inputs,
                          parts->moments_kv, parts->d_normed_kv, de);
    sidle_affine_input_grad(&cross->latent, parts->n, w, parts->d_z0,
                            (sidle_real)0, chosen);
    for (ptrdiff_t b = 0; b < in->rows; b++)
        for (ptrdiff_t i = 0; i < N; i++) {
            ptrdiff_t at = source_of(in->length[b], N, i);

            sidle_add(C, chosen + (b * N + i) * C,
                      de + (b * parts->M + at) * C);
        }
    sidle_embed_weight_grad(&cross->embed, in, de, dw, parts->rest);
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct cross *cross = layer->self;
    const sidle_real *w = call->w, *dropped;
    sidle_real *dw = call->dw;
    struct parts parts = start(cross, call);
    sidle_inputs inputs = inputs_of(layer, call->item);

    sidle_mlp_weight_grad(&cross->mlp, &parts.mlp, w, parts.middle, call->dy,
                          dw);
    make_inputs(cross, &parts, &inputs, w);
    sidle_norm_forward(&cross->norm_q, parts.n, w, parts.z0, parts.normed_q,
                       parts.again);
    dropped =
        sidle_dropped(&cross->drop, call->item, parts.d_middle, parts.rest);
    sidle_heads_weight_grad(&cross->heads, &parts.heads, parts.normed_q,
                            parts.normed_kv, dropped, dw);
    sidle_norm_weight_grad(&cross->norm_q, parts.n, parts.z0, parts.moments_q,
                           parts.d_normed_q, dw);
    sidle_norm_weight_grad(&cross->norm_kv, parts.m, parts.inputs,
                           parts.moments_kv, parts.d_normed_kv, dw);
    sidle_affine_weight_grad(&cross->latent, parts.n, parts.chosen, parts.d_z0,
                             dw);
    embed_grad(cross, &parts, &inputs, w, dw);
}

static size_t state_size(const sidle_layer *layer, ptrdiff_t capacity)
{
    const struct cross *cross = layer->self;

    return sidle_kv_size(&cross->heads, capacity);
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
    sidle_real *inputs;    /* (max(n_new, n_out), C) */
    sidle_real *normed_kv; /* (n_new, C) */
    sidle_real *z0, *normed_q, *middle;
    sidle_mlp_call mlp;
    sidle_real *rest;
};

static struct step_work carve_step(const struct cross *cross,
                                   sidle_carve *carve, ptrdiff_t n_new,
                                   ptrdiff_t n_out)
{
    ptrdiff_t n = sidle_larger(n_new, n_out);
    ptrdiff_t C = cross->config->embed_width, d = cross->config->width;
    struct step_work work = {.mlp.rows = n_out};

    work.moments.mean = sidle_carve_reals(carve, n);
    work.moments.rstd = sidle_carve_reals(carve, n);
    work.inputs = sidle_carve_reals(carve, n * C);
    work.normed_kv = sidle_carve_reals(carve, n_new * C);
    work.z0 = sidle_carve_reals(carve, n_out * d);
    work.normed_q = sidle_carve_reals(carve, n_out * d);
    work.middle = sidle_carve_reals(carve, n_out * d);
    work.mlp.kept = sidle_mlp_carve_kept(&cross->mlp, carve, n_out);
    work.rest = work.mlp.scratch = sidle_carve_rest(carve);
    return work;
}

static size_t step_scratch(const sidle_layer *layer, ptrdiff_t capacity,
                           ptrdiff_t n_new, ptrdiff_t n_out)
{
    const struct cross *cross = layer->self;
    sidle_carve carve = {NULL, 0};

    carve_step(cross, &carve, n_new, n_out);
    return carve.used +
           sidle_larger_size(
               sidle_kv_scratch(&cross->heads, capacity, n_new, n_out),
               sidle_mlp_scratch(&cross->mlp, n_out));
}

static void step(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step, sidle_real *scratch)
{
    const struct cross *cross = layer->self;
    sidle_carve carve = {scratch, 0};
    ptrdiff_t n_new = step->n_new, n_out = step->n_out;
    ptrdiff_t n = sidle_larger(n_new, n_out);
    ptrdiff_t C = cross->config->embed_width;
    struct step_work work = carve_step(cross, &carve, n_new, n_out);

    sidle_embed_tokens(&cross->embed, w, n, step->ids,
                       step->position + n_out - n, work.inputs);
    sidle_norm_forward(&cross->norm_kv, n_new, w, work.inputs + (n - n_new) * C,
                       work.normed_kv, work.moments);
    sidle_affine_forward(&cross->latent, n_out, w,
                         work.inputs + (n - n_out) * C, work.z0);
    sidle_norm_forward(&cross->norm_q, n_out, w, work.z0, work.normed_q,
                       work.moments);
    sidle_kv_attend(&cross->heads, w, state, step, n_new, work.normed_kv,
                    work.normed_q, work.middle, work.rest);
    sidle_add(n_out * cross->config->width, work.z0, work.middle);
    sidle_mlp_forward(&cross->mlp, &work.mlp, w, work.middle, step->y);
}

const sidle_layer_ops sidle_cross_ops = {
    .kind = "cross",
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

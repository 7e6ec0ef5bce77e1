/* final.c - norm, logits and the loss; the last layer. */
#include "base/cut.h"
#include "layer/affine.h"
#include "layer/perceiver.h"

#include <stdlib.h>
#include <string.h>

struct final {
    const sidle_perceiver *config;
    sidle_gain norm;
    sidle_affine logits;
};

struct call {
    ptrdiff_t n;           /* latents of all rows */
    sidle_moments moments; /* cache */
    sidle_real *logits;    /* cache */
    sidle_real *softmax;   /* cache */
    sidle_real *d_logits;  /* stash */
    sidle_real *d_normed;  /* stash */
    sidle_real *normed;    /* scratch */
    sidle_moments again;   /* scratch */
    int32_t *label;        /* scratch */
};

static size_t cut_cache(const struct final *final, struct call *call,
                        const sidle_real *cache)
{
    sidle_cut cut = sidle_cut_of(cache);

    call->moments.mean = sidle_cut_reals(&cut, call->n);
    call->moments.rstd = sidle_cut_reals(&cut, call->n);
    call->logits = sidle_cut_reals(&cut, call->n * final->config->vocab);
    call->softmax = sidle_cut_reals(&cut, 2 * call->n);
    return cut.used;
}

static size_t cut_stash(const struct final *final, struct call *call,
                        const sidle_real *stash)
{
    sidle_cut cut = sidle_cut_of(stash);

    call->d_logits = sidle_cut_reals(&cut, call->n * final->config->vocab);
    call->d_normed = sidle_cut_reals(&cut, call->n * final->config->width);
    return cut.used;
}

static size_t cut_scratch(const struct final *final, struct call *call,
                          sidle_real *scratch)
{
    sidle_cut cut = {scratch, 0};

    call->normed = sidle_cut_reals(&cut, call->n * final->config->width);
    call->again.mean = sidle_cut_reals(&cut, call->n);
    call->again.rstd = sidle_cut_reals(&cut, call->n);
    call->label = sidle_cut_bytes(&cut, (size_t)call->n * sizeof(*call->label));
    return cut.used;
}

static struct call start(const struct final *final, const sidle_item *item,
                         const sidle_real *cache, const sidle_real *stash,
                         sidle_real *scratch)
{
    ptrdiff_t N = final->config->latents;
    struct call call = {.n = item->rows * N};

    cut_scratch(final, &call, scratch);
    cut_cache(final, &call, cache);
    cut_stash(final, &call, stash);
    for (ptrdiff_t b = 0; b < item->rows; b++)
        sidle_latent_labels(item->tokens + b * item->width, item->length[b], N,
                            item->scored ? item->scored[b] : N,
                            call.label + b * N);
    return call;
}

static void add_params(struct final *final, sidle_layer *layer)
{
    ptrdiff_t V = final->config->vocab, d = final->config->width;
    int weight, bias;

    final->norm = sidle_gain_add(layer, "final/norm", d);
    weight = sidle_layer_add_param(layer, "final/logits/weight", V, d, d,
                                   SIDLE_INIT_ZERO, 0);
    bias = sidle_layer_add_param(layer, "final/logits/bias", V, 0, 0,
                                 SIDLE_INIT_ZERO, 0);
    final->logits = (sidle_affine){d, V, layer->params[weight].offset,
                                   layer->params[bias].offset};
}

static sidle_status setup(sidle_layer *layer, const void *config)
{
    struct final *final = calloc(1, sizeof(*final));
    struct call call = {0};

    if (!final)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = final;
    final->config = config;
    SIDLE_TRY(sidle_perceiver_check(final->config));
    add_params(final, layer);
    call.n = layer->rows * final->config->latents;
    layer->in = (size_t)(call.n * final->config->width);
    layer->scratch = cut_scratch(final, &call, NULL);
    layer->cache = cut_cache(final, &call, NULL);
    layer->stash = cut_stash(final, &call, NULL);
    layer->flops = 2.0 * (double)call.n * (double) final->config->embed_width *
                   (double) final->config->vocab;
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static void forward(const sidle_layer *layer, const sidle_item *item,
                    const sidle_real *w, const sidle_real *x, sidle_real *y,
                    sidle_real *cache, sidle_real *scratch)
{
    const struct final *final = layer->self;
    struct call call = start(final, item, cache, NULL, scratch);

    (void)y;
    sidle_gain_forward(&final->norm, call.n, w, x, call.normed, call.moments);
    sidle_affine_forward(&final->logits, call.n, w, call.normed, call.logits);
    sidle_xent(call.n, final->config->vocab, call.logits, call.label,
               call.softmax, item->loss);
}

static void input_grad(const sidle_layer *layer, const sidle_item *item,
                       const sidle_real *w, const sidle_real *x,
                       const sidle_real *cache, const sidle_real *dy,
                       sidle_real *dx, sidle_real *stash, sidle_real *scratch)
{
    const struct final *final = layer->self;
    struct call call = start(final, item, cache, stash, scratch);

    (void)dy;
    sidle_xent_grad(call.n, final->config->vocab, call.logits, call.label,
                    call.softmax, item->grad_weight, item->z_loss,
                    call.d_logits);
    sidle_affine_input_grad(&final->logits, call.n, w, call.d_logits,
                            (sidle_real)0, call.d_normed);
    memset(dx, 0, (size_t)(call.n * final->config->width) * sizeof(*dx));
    sidle_gain_input_grad(&final->norm, call.n, w, x, call.moments,
                          call.d_normed, dx);
}

static void weight_grad(const sidle_layer *layer, const sidle_item *item,
                        const sidle_real *w, const sidle_real *x,
                        const sidle_real *cache, const sidle_real *dy,
                        const sidle_real *stash, sidle_real *dw,
                        sidle_real *scratch)
{
    const struct final *final = layer->self;
    struct call call = start(final, item, cache, stash, scratch);

    (void)dy;
    sidle_gain_forward(&final->norm, call.n, w, x, call.normed, call.again);
    sidle_affine_weight_grad(&final->logits, call.n, call.normed, call.d_logits,
                             dw);
    sidle_gain_weight_grad(&final->norm, call.n, x, call.moments, call.d_normed,
                           dw);
}

/* The last layer remembers nothing of a sequence. */
static size_t state_size(const sidle_layer *layer, ptrdiff_t capacity)
{
    (void)layer;
    (void)capacity;
    return 0;
}

static void state_clear(const sidle_layer *layer, sidle_real *state,
                        ptrdiff_t capacity)
{
    (void)layer;
    (void)state;
    (void)capacity;
}

static void state_drop(const sidle_layer *layer, sidle_real *state, ptrdiff_t n)
{
    (void)layer;
    (void)state;
    (void)n;
}

static size_t step_scratch(const sidle_layer *layer, ptrdiff_t capacity,
                           ptrdiff_t n_new, ptrdiff_t n_out)
{
    struct call call = {.n = n_out};

    (void)capacity;
    (void)n_new;
    return cut_scratch(layer->self, &call, NULL);
}

static void step(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step, sidle_real *scratch)
{
    const struct final *final = layer->self;
    struct call call = {.n = step->n_out};

    (void)state;
    cut_scratch(final, &call, scratch);
    sidle_gain_forward(&final->norm, call.n, w, step->x, call.normed,
                       call.again);
    sidle_affine_forward(&final->logits, call.n, w, call.normed, step->y);
}

const sidle_layer_ops sidle_final_ops = {
    .kind = "final",
    .setup = setup,
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

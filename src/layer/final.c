/* final.c - norm, logits and the loss; the last layer. */
#include "base/carve.h"
#include "data/ids.h"
#include "layer/affine.h"
#include "layer/perceiver.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

struct final {
    const sidle_perceiver *config;
    sidle_norm norm;
    sidle_affine logits;
};

struct parts {
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

static size_t carve_cache(const struct final *final, struct parts *parts,
                          const sidle_real *cache)
{
    sidle_carve carve = sidle_carve_of(cache);

    parts->moments.mean = sidle_carve_reals(&carve, parts->n);
    parts->moments.rstd = sidle_carve_reals(&carve, parts->n);
    parts->logits = sidle_carve_reals(&carve, parts->n * final->config->vocab);
    parts->softmax = sidle_carve_reals(&carve, 2 * parts->n);
    return carve.used;
}

static size_t carve_stash(const struct final *final, struct parts *parts,
                          const sidle_real *stash)
{
    sidle_carve carve = sidle_carve_of(stash);

    parts->d_logits =
        sidle_carve_reals(&carve, parts->n * final->config->vocab);
    parts->d_normed =
        sidle_carve_reals(&carve, parts->n * final->config->width);
    return carve.used;
}

static size_t carve_scratch(const struct final *final, struct parts *parts,
                            sidle_real *scratch)
{
    sidle_carve carve = {scratch, 0};

    parts->normed = sidle_carve_reals(&carve, parts->n * final->config->width);
    parts->again.mean = sidle_carve_reals(&carve, parts->n);
    parts->again.rstd = sidle_carve_reals(&carve, parts->n);
    parts->label =
        sidle_carve_bytes(&carve, (size_t)parts->n * sizeof(*parts->label));
    return carve.used;
}

static struct parts start(const sidle_layer *layer, const sidle_call *call)
{
    const struct final *final = layer->self;
    const sidle_item *item = call->item;
    const int32_t *tokens = sidle_layer_field(layer, item, 0);
    ptrdiff_t N = final->config->latents, width = final->config->context + 1;
    struct parts parts = {.n = item->rows * N};

    carve_scratch(final, &parts, call->scratch);
    carve_cache(final, &parts, call->cache);
    carve_stash(final, &parts, call->stash);
    for (ptrdiff_t b = 0; b < item->rows; b++)
        sidle_latent_labels(tokens + b * width, item->length[b], N,
                            item->scored != NULL ? item->scored[b] : N,
                            parts.label + b * N);
    for (ptrdiff_t i = 0; i < parts.n; i++)
        if (parts.label[i] == SIDLE_PAD) /* never a target */
            parts.label[i] = -1;
    return parts;
}

static void add_params(struct final *final, sidle_layer *layer)
{
    ptrdiff_t V = final->config->vocab, d = final->config->width;
    int weight, bias;

    final->norm = sidle_norm_add(layer, "final/norm", d);
    /* Zero, so that the first loss is log V, that of a model that knows
     * nothing. */
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
    struct parts parts = {0};

    if (final == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a layer");
    layer->self = final;
    final->config = config;
    SIDLE_TRY(sidle_perceiver_check(final->config));
    SIDLE_TRY(sidle_perceiver_check_input(layer, final->config));
    add_params(final, layer);
    parts.n = layer->rows * final->config->latents;
    layer->targets = final->config->latents;
    layer->classes = final->config->vocab;
    sidle_layer_read(layer, "tokens", 'i',
                     &(sidle_shape){1, {final->config->context + 1}});
    layer->scratch = carve_scratch(final, &parts, NULL);
    layer->cache = carve_cache(final, &parts, NULL);
    layer->stash = carve_stash(final, &parts, NULL);
    layer->flops = 2.0 * (double)parts.n * (double) final->config->width *
                   (double) final->config->vocab;
    return SIDLE_OK;
}

static void done(sidle_layer *layer)
{
    free(layer->self);
}

static void forward(const sidle_layer *layer, const sidle_call *call)
{
    const struct final *final = layer->self;
    struct parts parts = start(layer, call);

    sidle_norm_forward(&final->norm, parts.n, call->w, call->x, parts.normed,
                       parts.moments);
    sidle_affine_forward(&final->logits, parts.n, call->w, parts.normed,
                         parts.logits);
    sidle_xent(parts.n, final->config->vocab, parts.logits, parts.label,
               parts.softmax, call->loss);
}

static void input_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct final *final = layer->self;
    struct parts parts = start(layer, call);

    sidle_xent_grad(parts.n, final->config->vocab, parts.logits, parts.label,
                    parts.softmax, call->grad_weight, final->config->z_loss,
                    parts.d_logits);
    sidle_affine_input_grad(&final->logits, parts.n, call->w, parts.d_logits,
                            (sidle_real)0, parts.d_normed);
    /* Not sooner: weight_grad() needs both gradients in any case. */
    if (call->dx == NULL)
        return;
    /* The norm adds to it, and here is no residual branch. */
    memset(call->dx, 0, layer->in * sizeof(*call->dx));
    sidle_norm_input_grad(&final->norm, parts.n, call->w, call->x,
                          parts.moments, parts.d_normed, call->dx);
}

static void weight_grad(const sidle_layer *layer, const sidle_call *call)
{
    const struct final *final = layer->self;
    struct parts parts = start(layer, call);

    sidle_norm_forward(&final->norm, parts.n, call->w, call->x, parts.normed,
                       parts.again);
    sidle_affine_weight_grad(&final->logits, parts.n, parts.normed,
                             parts.d_logits, call->dw);
    sidle_norm_weight_grad(&final->norm, parts.n, call->x, parts.moments,
                           parts.d_normed, call->dw);
}

/* Every id but PAD equally likely would be a little less. */
static double uninformed(const sidle_layer *layer)
{
    const struct final *final = layer->self;

    return log((double) final->config->vocab);
}

static const sidle_loss_kind loss = {
    .unit = "nats a target", .has_classes = 1, .uninformed = uninformed};

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
    struct parts parts = {.n = n_out};

    (void)capacity;
    (void)n_new;
    return carve_scratch(layer->self, &parts, NULL);
}

static void step(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step, sidle_real *scratch)
{
    const struct final *final = layer->self;
    struct parts parts = {.n = step->n_out};

    (void)state;
    carve_scratch(final, &parts, scratch);
    sidle_norm_forward(&final->norm, parts.n, w, step->x, parts.normed,
                       parts.again);
    sidle_affine_forward(&final->logits, parts.n, w, parts.normed, step->y);
}

const sidle_layer_ops sidle_final_ops = {
    .kind = "final",
    .options_size = sizeof(sidle_perceiver),
    .loss = &loss,
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

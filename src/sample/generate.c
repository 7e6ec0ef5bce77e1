/* generate.c - feed a token, get logits, draw, feed again. */
#include "sample/generate.h"

#include "base/arena.h"
#include "base/carve.h"
#include "base/clock.h"
#include "base/number.h"
#include "data/ids.h"
#include "math/vector.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the units tell of themselves. */
struct sizes {
    ptrdiff_t context; /* M: elements that the first unit remembers */
    ptrdiff_t latents; /* N: outputs of a window, */
    ptrdiff_t width;   /* each of d numbers */
    ptrdiff_t vocab;   /* V: logits */
    int can_slide;     /* the first unit may forget its oldest element */
};

struct sidle_generator {
    sidle_generator_config config;
    struct sizes sizes;
    sidle_arena *arena;
    sidle_real **state;      /* (layers) */
    sidle_real *z, *z_other; /* (N, d) */
    sidle_real *logits;      /* (V) */
    sidle_real *cache, *scratch;
    double *pick_scratch; /* (3, V) */
    int32_t *tokens;      /* (2 M + 1) the window slides along here */
    ptrdiff_t tokens_end; /* the window ends here */
    ptrdiff_t n_window;   /* its tokens, <= M */
    ptrdiff_t n_latents;  /* in the caches of the self-attention */
    int64_t position;     /* of the window's last token in the caches */
    sidle_generated *told;
};

static const sidle_layer *layer_of(const sidle_generator *g, int i)
{
    return &g->config.model->layers[i];
}

static const sidle_real *weights_of(const sidle_generator *g, int i)
{
    return g->config.weights(g->config.context, i);
}

static int last_layer(const sidle_generator *g)
{
    return g->config.model->n_layers - 1;
}

/* Elements that a layer's state has room for. */
static ptrdiff_t capacity_of(const sidle_generator *g, int i)
{
    return layer_of(g, i)->capacity;
}

static void swap_z(sidle_generator *g)
{
    sidle_real *z = g->z;

    g->z = g->z_other;
    g->z_other = z;
}

static void run_step(sidle_generator *g, int i, const sidle_step *step)
{
    layer_of(g, i)->ops->step(layer_of(g, i), weights_of(g, i), g->state[i],
                              step, g->scratch);
}

/* The head works on the last of n latents in g->z only. */
static void run_head(sidle_generator *g, ptrdiff_t n)
{
    sidle_step step = {.n_new = 1, .n_out = 1, .position = g->position};

    step.x = g->z + (n - 1) * g->sizes.width;
    step.y = g->logits;
    run_step(g, last_layer(g), &step);
}

/* Feed the last n_new tokens to the caches, compute the last n_out latents. */
static void run_steps(sidle_generator *g, ptrdiff_t n_new, ptrdiff_t n_out)
{
    sidle_step step = {.n_new = n_new, .n_out = n_out, .y = g->z};

    step.position = g->position - n_out + 1;
    step.ids = g->tokens + g->tokens_end - sidle_larger(n_new, n_out);
    run_step(g, 0, &step);
    step.n_new = n_out;
    step.ids = NULL;
    for (int i = 1; i < last_layer(g); i++) {
        step.x = g->z;
        step.y = g->z_other;
        run_step(g, i, &step);
        swap_z(g);
    }
    run_head(g, n_out);
}

static void clear_states(sidle_generator *g, int from)
{
    for (int i = from; i <= last_layer(g); i++)
        layer_of(g, i)->ops->state_clear(layer_of(g, i), g->state[i],
                                         capacity_of(g, i));
}

static void run_window(sidle_generator *g)
{
    clear_states(g, 0);
    g->position = g->n_window;
    g->n_latents = sidle_smaller(g->n_window, g->sizes.latents);
    g->told->n_windows++;
    run_steps(g, g->n_window, g->n_latents);
}

static void run_token(sidle_generator *g)
{
    ptrdiff_t n_out = 1;

    g->position++;
    g->n_latents++;
    if (g->n_latents > g->sizes.latents) {
        /* The caches are full. Each latent in them depends on older ones, so
         * none can just be forgotten: the newest are computed anew. */
        n_out = g->config.refill;
        g->n_latents = n_out;
        g->told->n_refills++;
        clear_states(g, 1);
    }
    run_steps(g, 1, n_out);
}

/* The forward of training on the right-padded window; the last latent always
 * sits on the last token. */
static void run_exact(sidle_generator *g)
{
    int32_t length = (int32_t)g->n_window;
    int32_t *window = g->tokens + g->tokens_end - g->n_window;
    sidle_item item = {.number = 1, .seed = g->config.seed, .rows = 1};

    item.length = &length;
    item.fields[layer_of(g, 0)->read_at[0]] = window;
    memset(window + g->n_window, 0,
           (size_t)(g->sizes.context + 1 - g->n_window) * sizeof(*window));
    g->position = g->n_window;
    g->told->n_windows++;
    for (int i = 0; i < last_layer(g); i++) {
        layer_of(g, i)->ops->forward(layer_of(g, i),
                                     &(sidle_call){.item = &item,
                                                   .w = weights_of(g, i),
                                                   .x = i > 0 ? g->z : NULL,
                                                   .y = g->z_other,
                                                   .cache = g->cache,
                                                   .scratch = g->scratch});
        swap_z(g);
    }
    run_head(g, g->sizes.latents);
}

static void push_token(sidle_generator *g, int32_t token)
{
    ptrdiff_t keep = sidle_smaller(g->n_window, g->sizes.context - 1);

    /* Twice the window long: tokens are moved once in M of them. */
    if (g->tokens_end == 2 * g->sizes.context) {
        memmove(g->tokens, g->tokens + g->tokens_end - keep,
                (size_t)keep * sizeof(*g->tokens));
        g->tokens_end = keep;
    }
    g->tokens[g->tokens_end++] = token;
    g->n_window = keep + 1;
}

static void feed_token(sidle_generator *g, int32_t token)
{
    int is_full = g->n_window == g->sizes.context;

    push_token(g, token);
    if (g->config.is_exact) {
        run_exact(g);
    } else if (is_full && !g->sizes.can_slide) {
        run_window(g);
    } else {
        if (is_full)
            layer_of(g, 0)->ops->state_drop(layer_of(g, 0), g->state[0], 1);
        run_token(g);
    }
}

static void feed_prompt(sidle_generator *g, const int32_t *prompt, int64_t n)
{
    g->tokens_end = 0;
    g->n_window = 0;
    push_token(g, SIDLE_SOS);
    for (int64_t i = 0; i < n; i++)
        push_token(g, prompt[i]);
    if (g->config.is_exact)
        run_exact(g);
    else
        run_window(g);
}

static sidle_status check_prompt(const sidle_generator *g,
                                 const int32_t *prompt, int64_t n_prompt)
{
    for (int64_t i = 0; i < n_prompt; i++)
        if (prompt[i] <= SIDLE_PAD || prompt[i] >= g->sizes.vocab)
            return sidle_fail(SIDLE_EDATA,
                              "token %" PRId64 " of the prompt is %" PRId32
                              ", expected 1 to %td",
                              i + 1, prompt[i], g->sizes.vocab - 1);
    return SIDLE_OK;
}

static sidle_status draw_token(sidle_generator *g, sidle_rng rng,
                               int64_t position, int32_t *token)
{
    if (!sidle_all_finite(g->sizes.vocab, g->logits))
        return sidle_fail(SIDLE_EDATA,
                          "the logits of position %" PRId64
                          " are not finite; the model is damaged or diverged",
                          position);
    *token = sidle_pick_token(&g->config.pick, g->sizes.vocab, g->logits, rng,
                              position, g->pick_scratch);
    return SIDLE_OK;
}

static sidle_status draw_tokens(sidle_generator *g, sidle_rng rng,
                                int64_t position, int64_t n_new)
{
    int32_t token = SIDLE_SOS;

    for (int64_t i = 0; i < n_new; i++) {
        /* The prompt's logits are there; nobody asks for the last token's. */
        if (i > 0)
            feed_token(g, token);
        SIDLE_TRY(draw_token(g, rng, position + i, &token));
        if (token == SIDLE_EOS) {
            g->told->is_ended = 1;
            return SIDLE_OK;
        }
        g->told->n_tokens++;
        SIDLE_TRY(g->config.on_token(g->config.context, token));
    }
    return SIDLE_OK;
}

sidle_status sidle_generate(sidle_generator *g, const int32_t *prompt,
                            int64_t n_prompt, int64_t n_new, uint64_t sequence,
                            sidle_generated *generated)
{
    sidle_rng rng = {g->config.seed, sidle_rng_stream("sample", sequence)};
    double begin = sidle_now(), drawing;
    sidle_status status;

    *generated = (sidle_generated){0};
    SIDLE_TRY(check_prompt(g, prompt, n_prompt));
    g->told = generated;
    feed_prompt(g, prompt, n_prompt);
    drawing = sidle_now();
    generated->prompt_time = drawing - begin;
    /* SOS is position 1, the prompt's last token n_prompt + 1. */
    status = draw_tokens(g, rng, n_prompt + 2, n_new);
    generated->time = sidle_now() - drawing;
    return status;
}

static size_t step_scratch(const sidle_generator *g, int i, ptrdiff_t n_new,
                           ptrdiff_t n_out)
{
    return layer_of(g, i)->ops->step_scratch(layer_of(g, i), capacity_of(g, i),
                                             n_new, n_out);
}

/* What the largest of this layer's calls takes. */
static size_t scratch_of(const sidle_generator *g, int i)
{
    size_t most = step_scratch(g, i, 1, 1);

    if (i == last_layer(g))
        return most;
    if (g->config.is_exact)
        return layer_of(g, i)->scratch;
    most = sidle_larger_size(most, step_scratch(g, i, 1, g->sizes.latents));
    return sidle_larger_size(
        most, step_scratch(g, i, capacity_of(g, i), g->sizes.latents));
}

static size_t state_of(const sidle_generator *g, int i)
{
    if (g->config.is_exact)
        return 0;
    return layer_of(g, i)->ops->state_size(layer_of(g, i), capacity_of(g, i));
}

static size_t carve_memory(sidle_generator *g, sidle_real *memory)
{
    sidle_carve carve = sidle_carve_of(memory);
    size_t cache = 0, scratch = 0;
    ptrdiff_t latents = g->sizes.latents * g->sizes.width;
    size_t vocab = (size_t)g->sizes.vocab;
    size_t window = (size_t)(2 * g->sizes.context + 1);

    for (int i = 0; i <= last_layer(g); i++) {
        g->state[i] = sidle_carve_reals(&carve, (ptrdiff_t)state_of(g, i));
        scratch = sidle_larger_size(scratch, scratch_of(g, i));
        if (g->config.is_exact && i < last_layer(g))
            cache = sidle_larger_size(cache, layer_of(g, i)->cache);
    }
    g->z = sidle_carve_reals(&carve, latents);
    g->z_other = sidle_carve_reals(&carve, latents);
    g->logits = sidle_carve_reals(&carve, (ptrdiff_t)vocab);
    g->cache = sidle_carve_reals(&carve, (ptrdiff_t)cache);
    g->scratch = sidle_carve_reals(&carve, (ptrdiff_t)scratch);
    g->pick_scratch = sidle_carve_bytes(&carve, 3 * vocab * sizeof(double));
    g->tokens = sidle_carve_bytes(&carve, window * sizeof(*g->tokens));
    return sidle_carve_total(&carve);
}

static sidle_status reserve(sidle_generator *g)
{
    size_t bytes = carve_memory(g, NULL);

    SIDLE_TRY(sidle_arena_new("sampling", bytes, &g->arena));
    carve_memory(g, sidle_arena_take(g->arena, bytes));
    return SIDLE_OK;
}

/* A first unit that turns elements into N outputs of d numbers, units that
 * take these, a last one that makes logits of them. */
static struct sizes sizes_of(const sidle_model *model)
{
    const sidle_layer *first = &model->layers[0];

    return (struct sizes){.context = first->capacity,
                          .latents = first->out_shape.dims[0],
                          .width = first->out_shape.dims[1],
                          .vocab = sidle_model_loss(model)->classes,
                          .can_slide = first->can_slide};
}

static sidle_status check_config(const sidle_generator_config *config)
{
    const sidle_model *model = config->model;
    ptrdiff_t latents = sizes_of(model).latents;

    for (int i = 0; i < model->n_layers; i++)
        if (model->layers[i].ops->step == NULL)
            return sidle_fail(SIDLE_EUSAGE,
                              "unit \"%s\" (%s) cannot take steps; only models "
                              "whose units all can, such as perceiver_ar, "
                              "generate",
                              model->layers[i].name,
                              model->layers[i].ops->kind);
    if (model->rows != 1)
        return sidle_fail(SIDLE_EUSAGE,
                          "a model of %td rows, expected one row to generate",
                          model->rows);
    if (config->refill < 0 || config->refill > latents)
        return sidle_fail(SIDLE_EUSAGE,
                          "a refill of %td latents, expected 0 to %td",
                          config->refill, latents);
    return SIDLE_OK;
}

sidle_status sidle_generator_new(const sidle_generator_config *config,
                                 sidle_generator **generator_p)
{
    sidle_generator *g;
    ptrdiff_t n;
    sidle_status status;

    SIDLE_TRY(check_config(config));
    g = calloc(1, sizeof(*g));
    if (g == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a generator");
    g->config = *config;
    g->sizes = sizes_of(config->model);
    n = g->sizes.latents;
    if (g->config.refill == 0)
        g->config.refill = sidle_larger(sidle_larger(n - 128, n / 2), 1);
    g->state = calloc((size_t)config->model->n_layers, sizeof(*g->state));
    status = g->state != NULL
                 ? reserve(g)
                 : sidle_fail(SIDLE_EINTERNAL, "no memory for a generator");
    if (status != SIDLE_OK) {
        sidle_generator_free(g);
        return status;
    }
    *generator_p = g;
    return SIDLE_OK;
}

void sidle_generator_free(sidle_generator *generator)
{
    if (generator == NULL)
        return;
    sidle_arena_free(generator->arena);
    free(generator->state);
    free(generator);
}

/* stack.h - all layers of a small Perceiver AR in a row, forward and in steps.
 */
#ifndef SIDLE_TESTS_LAYER_STACK_H
#define SIDLE_TESTS_LAYER_STACK_H

#include "base/text.h"
#include "check.h"
#include "layer/perceiver.h"

#include <stdlib.h>

#define STACK_MOST 6

typedef struct stack {
    const sidle_perceiver *config;
    int n; /* layers: cross, self.., final */
    sidle_layer layer[STACK_MOST];
    sidle_real *w[STACK_MOST];
    sidle_real *state[STACK_MOST]; /* of steps, NULL before stack_begin() */
} stack;

static inline sidle_real *stack_reals(size_t n)
{
    sidle_real *p = aligned_alloc(64, (n * sizeof(*p) + 127) / 64 * 64);

    assert_non_null(p);
    return p;
}

/* Layer i of the list, under its own name. */
static inline sidle_status stack_init_layer(sidle_layer *layer,
                                            const sidle_perceiver *config,
                                            int i, ptrdiff_t rows)
{
    int last = (int)config->layers + 1;
    const sidle_layer_ops *ops = i == 0      ? &sidle_cross_ops
                                 : i == last ? &sidle_final_ops
                                             : &sidle_self_ops;
    sidle_shape in = sidle_perceiver_shape(config);
    char name[32];

    sidle_text_format(name, sizeof(name), "%s", ops->kind);
    if (ops == &sidle_self_ops)
        sidle_text_format(name, sizeof(name), "self.%03d", i - 1);
    return sidle_layer_init(layer, ops, name, i > 0 ? &in : NULL, rows, config);
}

/* Initial weights, plus noise of this size on every one. */
static inline stack stack_new(const sidle_perceiver *config, ptrdiff_t rows,
                              double noise)
{
    stack s = {.config = config, .n = (int)config->layers + 2};

    for (int i = 0; i < s.n; i++) {
        sidle_layer *layer = &s.layer[i];
        sidle_real *random;

        assert_int_equal(stack_init_layer(layer, config, i, rows), SIDLE_OK);
        s.w[i] = stack_reals(layer->weights);
        random = stack_reals(layer->weights);
        sidle_layer_init_weights(layer, 5, s.w[i]);
        check_random((uint64_t)(70 + i), "noise", (ptrdiff_t)layer->weights,
                     random);
        for (size_t k = 0; k < layer->weights; k++)
            s.w[i][k] += (sidle_real)noise * random[k];
        free(random);
    }
    return s;
}

static inline void stack_free(stack *s)
{
    for (int i = 0; i < s->n; i++) {
        sidle_layer_done(&s->layer[i]);
        free(s->w[i]);
        free(s->state[i]);
    }
}

/* The last latents z (B, N, d) and, where `loss` is not NULL, the loss. */
static inline void stack_forward(const stack *s, const sidle_item *item,
                                 sidle_real *z, sidle_loss *loss)
{
    size_t size = (size_t)(item->rows * s->config->latents * s->config->width);
    sidle_real *x = stack_reals(size);

    for (int i = 0; i < s->n - (loss == NULL); i++) {
        const sidle_layer *layer = &s->layer[i];
        sidle_real *cache = stack_reals(layer->cache);
        sidle_real *scratch = stack_reals(layer->scratch);
        int is_first = i == 0, is_last = i == s->n - 1;

        if (!is_first)
            for (size_t k = 0; k < size; k++)
                x[k] = z[k];
        layer->ops->forward(layer, &(sidle_call){.item = item,
                                                 .w = s->w[i],
                                                 .x = is_first ? NULL : x,
                                                 .y = is_last ? NULL : z,
                                                 .cache = cache,
                                                 .scratch = scratch,
                                                 .loss = loss});
        free(cache);
        free(scratch);
    }
    free(x);
}

static inline void stack_begin(stack *s, ptrdiff_t capacity)
{
    for (int i = 0; i < s->n; i++) {
        const sidle_layer *layer = &s->layer[i];

        free(s->state[i]);
        s->state[i] = stack_reals(layer->ops->state_size(layer, capacity));
        layer->ops->state_clear(layer, s->state[i], capacity);
    }
}

/* logits (n_out, V) of the last n_out of a sequence whose last tokens, of
 * which n_new are new, stand in `tokens`. */
static inline void stack_step(const stack *s, ptrdiff_t capacity,
                              ptrdiff_t n_new, ptrdiff_t n_out,
                              int64_t position, const int32_t *tokens,
                              sidle_real *logits)
{
    size_t size = (size_t)(n_out * s->config->width);
    sidle_real *x = stack_reals(size), *y = stack_reals(size);

    for (int i = 0; i < s->n; i++) {
        const sidle_layer *layer = &s->layer[i];
        sidle_real *scratch = stack_reals(
            layer->ops->step_scratch(layer, capacity, n_new, n_out));
        sidle_step step = {n_new,        n_out,
                           position,     i ? NULL : tokens,
                           i ? x : NULL, i == s->n - 1 ? logits : y};

        layer->ops->step(layer, s->w[i], s->state[i], &step, scratch);
        for (size_t k = 0; k < size; k++)
            x[k] = y[k];
        free(scratch);
    }
    free(x);
    free(y);
}

static inline sidle_perceiver stack_small(void)
{
    return (sidle_perceiver){
        .vocab = 13,
        .context = 10,
        .latents = 6,
        .width = 16,
        .heads = 2,
        .layers = 2,
        .embed_width = 16,
        .cross_heads = 4,
        .mlp_factor = 2,
        .activation = SIDLE_SQ_RELU,
        .positions = SIDLE_ROTARY,
        .rotary_fraction = 0.5,
    };
}

#endif

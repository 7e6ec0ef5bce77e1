/* test_steps.c - a sampler's steps against the full forward. */
/* real: double */
/* with: kit_layer.c */
#include "layer/stack.h"

#include "kit_layer.h"

#include <string.h>

#define V 13
#define D 16

/* Logits of the full model's last `n` latents on these tokens. */
static void full(const stack *s, const int32_t *tokens, ptrdiff_t length,
                 ptrdiff_t n, double *logits)
{
    ptrdiff_t N = s->config->latents;
    int32_t row[32] = {0}, valid = (int32_t)length;
    sidle_item item = {
        .number = 1, .rows = 1, .length = &valid, .fields = {row}};
    const sidle_layer *last = &s->layer[s->n - 1];
    sidle_real z[10 * D], out[10 * V];
    sidle_real *scratch = stack_reals(last->ops->step_scratch(last, 0, n, n));
    sidle_step step = {n, n, 1, NULL, z + (N - n) * D, out};

    memcpy(row, tokens, (size_t)length * sizeof(*row));
    stack_forward(s, &item, z, NULL);
    last->ops->step(last, s->w[s->n - 1], NULL, &step, scratch);
    for (ptrdiff_t i = 0; i < n * V; i++)
        logits[i] = (double)out[i];
    free(scratch);
}

static void make_tokens(int32_t *tokens, int n)
{
    for (int i = 0; i < n; i++)
        tokens[i] = i == 0 ? 2 : 3 + (i * i + 5 * i) % 10;
}

static void check_growing(const sidle_perceiver *config)
{
    stack s = stack_new(config, 1, 0.2);
    int32_t tokens[10];
    sidle_real logits[6 * V];
    double expected[6 * V];

    make_tokens(tokens, 10);
    stack_begin(&s, 10);
    /* The prompt: three tokens, a latent on each. */
    stack_step(&s, 10, 3, 3, 1, tokens, logits);
    full(&s, tokens, 3, 3, expected);
    check_close("a prompt of three", 3 * V, logits, expected, 1e-12);
    for (ptrdiff_t t = 4; t <= 6; t++) {
        stack_step(&s, 10, 1, 1, t, tokens + t - 1, logits);
        full(&s, tokens, t, 1, expected);
        check_close("one more token", V, logits, expected, 1e-12);
    }
    /* A prompt longer than the latents: they sit on its end. */
    stack_begin(&s, 10);
    stack_step(&s, 10, 9, 6, 4, tokens, logits);
    full(&s, tokens, 9, 6, expected);
    check_close("a long prompt", 6 * V, logits, expected, 1e-12);
    stack_free(&s);
}

TEST(steps_give_what_the_forward_gives)
{
    sidle_perceiver config = stack_small();

    for (int kind = 0; kind < 3; kind++) {
        config.positions = (sidle_positions)kind;
        check_growing(&config);
    }
    config.positions = SIDLE_LEARNED;
    config.n_position_sizes = 3;
    config.position_sizes[0] = config.position_sizes[1] = 4;
    config.position_sizes[2] = 5;
    config.embed_width = 24;
    check_growing(&config);
}

/* The latents' states start again; the keys of all tokens stay. */
TEST(latents_are_made_again_from_kept_keys)
{
    sidle_perceiver config = stack_small(), fewer = stack_small();
    stack s = stack_new(&config, 1, 0.2), three;
    int32_t tokens[10];
    sidle_real logits[6 * V];
    double expected[6 * V];

    fewer.latents = 3;
    three = stack_new(&fewer, 1, 0.2);
    make_tokens(tokens, 10);
    stack_begin(&s, 10);
    stack_step(&s, 10, 8, 6, 3, tokens, logits);
    for (int i = 1; i < s.n; i++)
        s.layer[i].ops->state_clear(&s.layer[i], s.state[i], 10);
    stack_step(&s, 10, 0, 3, 6, tokens + 5, logits);
    full(&three, tokens, 8, 3, expected);
    check_close("three latents again", 3 * V, logits, expected, 1e-12);
    stack_step(&s, 10, 1, 1, 9, tokens + 8, logits);
    fewer.latents = 4;
    stack_free(&three);
    three = stack_new(&fewer, 1, 0.2);
    full(&three, tokens, 9, 1, expected);
    check_close("and one more", V, logits, expected, 1e-12);
    stack_free(&s);
    stack_free(&three);
}

/* Rotary positions are relative: a window that slides for long is the same as
 * one that starts at 1, whatever was dropped and moved. */
TEST(dropping_the_oldest)
{
    sidle_perceiver config = stack_small();
    stack s;
    int32_t tokens[40];
    sidle_real logits[V];
    double expected[V];

    config.layers = 1;
    config.latents = 1;
    s = stack_new(&config, 1, 0.2);
    for (int i = 0; i < 40; i++)
        tokens[i] = 3 + (i * i + 3 * i) % 10;
    stack_begin(&s, 10);
    for (ptrdiff_t t = 1; t <= 40; t++) {
        ptrdiff_t n = t < 10 ? t : 10;

        if (t > 10)
            s.layer[0].ops->state_drop(&s.layer[0], s.state[0], 1);
        s.layer[1].ops->state_clear(&s.layer[1], s.state[1], 10);
        stack_step(&s, 10, 1, 1, t, tokens + t - 1, logits);
        full(&s, tokens + t - n, n, 1, expected);
        check_close("a window that slides", V, logits, expected, 1e-11);
    }
    stack_free(&s);
}

/* In self-attention: five latents, two dropped, is three that began later, as
 * far as one layer goes. */
TEST(self_attention_drops_too)
{
    sidle_perceiver config = stack_small();
    sidle_layer layer;
    sidle_real *w, *kept, *fresh, *scratch, x[6 * D], a[5 * D], b[5 * D];
    double expected[D];
    sidle_step step = {5, 5, 1, NULL, x, a};

    assert_int_equal(stack_init_layer(&layer, &config, 1, 1), SIDLE_OK);
    w = stack_reals(layer.weights);
    kept = stack_reals(layer.ops->state_size(&layer, 6));
    fresh = stack_reals(layer.ops->state_size(&layer, 6));
    scratch = stack_reals(layer.ops->step_scratch(&layer, 6, 5, 5));
    check_random(91, "w", (ptrdiff_t)layer.weights, w);
    check_random(91, "x", 6 * D, x);
    layer.ops->state_clear(&layer, kept, 6);
    layer.ops->state_clear(&layer, fresh, 6);
    layer.ops->step(&layer, w, kept, &step, scratch);
    layer.ops->state_drop(&layer, kept, 2);
    step = (sidle_step){1, 1, 6, NULL, x + 5 * D, a};
    layer.ops->step(&layer, w, kept, &step, scratch);
    step = (sidle_step){4, 4, 3, NULL, x + 2 * D, b};
    layer.ops->step(&layer, w, fresh, &step, scratch);
    for (int i = 0; i < D; i++)
        expected[i] = (double)b[3 * D + i];
    check_close("after a drop", D, a, expected, 1e-12);
    free(w);
    free(kept);
    free(fresh);
    free(scratch);
    sidle_layer_done(&layer);
}

TEST_MAIN

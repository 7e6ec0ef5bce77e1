/* test_twin.c - the twin against finite differences of itself, and its
 * schedules where they must be one. */
/* with: twin.c twin_train.c */
#include "check.h"
#include "twin.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 3
#define CONTEXT 9

static const twin_config configs[] = {
    {13, CONTEXT, 5, 8, 2, 2, 8, 2, 2, TWIN_SQ_RELU, TWIN_ROTARY, 0.5},
    {13, CONTEXT, 5, 8, 2, 1, 6, 1, 3, TWIN_GELU, TWIN_LEARNED, 0.5},
    {13, CONTEXT, CONTEXT, 4, 1, 1, 4, 2, 1, TWIN_SQ_RELU, TWIN_SINUSOIDAL,
     0.5}};

/* Rows of full length, shorter than the latents, and with one target. */
static void draw_tokens(uint64_t seed, int32_t *tokens)
{
    static const int valid[ROWS] = {CONTEXT + 1, 4, 2};
    sidle_rng rng = {seed, sidle_rng_stream("tokens", 0)};

    memset(tokens, 0, sizeof(*tokens) * ROWS * (CONTEXT + 1));
    for (int b = 0; b < ROWS; b++)
        for (int p = 0; p < valid[b]; p++) {
            int at = b * (CONTEXT + 1) + p;

            tokens[at] = 1 + (int32_t)sidle_rng_below(rng, (uint64_t)at, 12);
        }
}

static double *draw_weights(const twin *t, uint64_t seed)
{
    double *w = calloc((size_t)t->count, sizeof(*w));
    sidle_rng rng = {seed, sidle_rng_stream("weights", 0)};

    assert_non_null(w);
    for (ptrdiff_t i = 0; i < t->count; i++)
        w[i] = sidle_rng_uniform(rng, (uint64_t)i) - 0.5;
    return w;
}

static double total(const twin *t, const double *w, const twin_item *item)
{
    return twin_forward(t, w, 0, t->n_units, item, NULL, NULL).nats;
}

TEST(gradients_are_differences)
{
    int32_t tokens[ROWS * (CONTEXT + 1)];
    int32_t scored[ROWS] = {3, 5, 5};
    twin_item item = {ROWS, tokens, scored};

    for (size_t c = 0; c < sizeof(configs) / sizeof(*configs); c++) {
        twin *t = twin_new(&configs[c]);
        double *w = draw_weights(t, 3 + c);
        double *dw = calloc((size_t)t->count, sizeof(*dw));

        draw_tokens(c, tokens);
        twin_backward(t, w, 0, t->n_units, &item, NULL, NULL, 1.0, 0.0, NULL,
                      dw);
        for (ptrdiff_t i = 0; i < t->count; i += 3) {
            double kept = w[i], up, down;

            w[i] = kept + 1e-5;
            up = total(t, w, &item);
            w[i] = kept - 1e-5;
            down = total(t, w, &item);
            w[i] = kept;
            if (!(fabs((up - down) / 2e-5 - dw[i]) <
                  1e-6 * (1.0 + fabs(dw[i]))))
                fail_msg("config %zu, weight %td: %.9g, differences give %.9g",
                         c, i, dw[i], (up - down) / 2e-5);
        }
        free(dw);
        free(w);
        twin_free(t);
    }
}

TEST(z_loss_is_in_the_gradient_only)
{
    int32_t tokens[ROWS * (CONTEXT + 1)];
    twin_item item = {ROWS, tokens, NULL};
    twin *t = twin_new(&configs[0]);
    const twin_param *bias = twin_find(t, "final/logits/bias");
    double *w = calloc((size_t)t->count, sizeof(*w));
    double *dw = calloc((size_t)t->count, sizeof(*dw));
    double n, log_v = log(13.0), sum = 0.0;

    draw_tokens(1, tokens);
    n = twin_targets(t, &item);
    assert_true(n == 5 + 3 + 1);
    assert_true(fabs(total(t, w, &item) - n * log_v) < 1e-12);
    twin_backward(t, w, 0, t->n_units, &item, NULL, NULL, 1.0 / n, 0.25, NULL,
                  dw);
    for (int i = 0; i < 13; i++)
        sum += dw[bias->offset + i];
    assert_true(fabs(sum - 0.5 * log_v) < 1e-12);
    free(dw);
    free(w);
    twin_free(t);
}

#define ITEMS 6

/* How far the weights of two runs are from each other. */
static double distance(const twin_run *a, const twin_run *b)
{
    static int32_t tokens[ITEMS][ROWS * (CONTEXT + 1)];
    twin_item items[ITEMS];
    twin *t = twin_new(&configs[0]);
    double *wa = draw_weights(t, 1), *wb = draw_weights(t, 1), far = 0.0;

    for (int k = 0; k < ITEMS; k++) {
        draw_tokens((uint64_t)k, tokens[k]);
        items[k] = (twin_item){ROWS, tokens[k], NULL};
    }
    memset(tokens[2], 0, sizeof(tokens[2])); /* an item without a target */
    twin_train(t, a, items, ITEMS, wa, NULL);
    twin_train(t, b, items, ITEMS, wb, NULL);
    for (ptrdiff_t i = 0; i < t->count; i++)
        far = fmax(far, fabs(wa[i] - wb[i]));
    free(wa);
    free(wb);
    twin_free(t);
    return far;
}

static const int one[] = {0, 4}, three[] = {0, 1, 3, 4};

static twin_run run_of(twin_schedule schedule, int n_blocks, int update_every)
{
    twin_run run = {.schedule = schedule,
                    .n_blocks = n_blocks,
                    .first_unit = n_blocks == 1 ? one : three,
                    .update_every = update_every,
                    .is_mean = 1,
                    .lr = 0.1,
                    .momentum = 0.5,
                    .weight_decay = 0.1};

    return run;
}

TEST(one_block_makes_all_schedules_the_same)
{
    twin_run backprop = run_of(TWIN_BACKPROP, 1, 2);
    twin_run sideways = run_of(TWIN_SIDEWAYS, 1, 2);
    twin_run pipedream = run_of(TWIN_PIPEDREAM, 1, 2);

    backprop.clip = sideways.clip = pipedream.clip = 0.2;
    assert_true(distance(&backprop, &sideways) == 0.0);
    assert_true(distance(&backprop, &pipedream) == 0.0);
}

TEST(blocks_change_only_what_they_should)
{
    twin_run whole = run_of(TWIN_BACKPROP, 1, 1);
    twin_run cut = run_of(TWIN_BACKPROP, 3, 1);
    twin_run sideways = run_of(TWIN_SIDEWAYS, 3, 1);
    twin_run pipedream = run_of(TWIN_PIPEDREAM, 3, 1);

    assert_true(distance(&whole, &cut) < 1e-12);
    assert_true(distance(&cut, &sideways) > 1e-3);
    assert_true(distance(&cut, &pipedream) > 1e-3);
    assert_true(distance(&sideways, &pipedream) > 1e-3);
}

/* P28: a head start of 2 (D - i), the newest activation and current weights are
 * tick order, drain included; to the bit. */
TEST(a_head_start_is_tick_order)
{
    for (int U = 1; U <= 3; U++) {
        twin_run ticks = run_of(TWIN_SIDEWAYS, 3, U);
        twin_run list = run_of(TWIN_SIDEWAYS_LIST, 3, U);

        assert_true(distance(&ticks, &list) == 0.0);
    }
}

/* With one update at the end pipedream uses the first weights throughout. */
TEST(a_late_update_makes_pipedream_exact)
{
    twin_run backprop = run_of(TWIN_BACKPROP, 3, ITEMS);
    twin_run pipedream = run_of(TWIN_PIPEDREAM, 3, ITEMS);

    assert_true(distance(&backprop, &pipedream) < 1e-12);
    backprop.is_mean = pipedream.is_mean = 0;
    assert_true(distance(&backprop, &pipedream) < 1e-12);
}

TEST_MAIN

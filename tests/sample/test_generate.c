/* test_generate.c - sequences with caches against the full model. */
#include "check.h"

#include "data/ids.h"
#include "model/perceiver.h"
#include "sample/generate.h"

#include <stdlib.h>
#include <string.h>

#define V 24
#define M 20
#define N 8
#define MAX_NEW 80

/* A model with random weights and what it generated. */
typedef struct bench {
    sidle_model *model;
    sidle_real **weights; /* (layers) */
    int32_t tokens[MAX_NEW];
    int64_t n_tokens;
    sidle_generated told;
    int64_t fails_at; /* on_token() fails at this token; 0: never */
} bench;

static sidle_perceiver sizes_of(sidle_positions positions, ptrdiff_t latents)
{
    return (sidle_perceiver){.vocab = V,
                             .context = M,
                             .latents = latents,
                             .width = 16,
                             .heads = 2,
                             .layers = 2,
                             .embed_width = 12,
                             .cross_heads = 2,
                             .mlp_factor = 2,
                             .activation = SIDLE_SQ_RELU,
                             .positions = positions,
                             .rotary_fraction = 1.0,
                             .dropout = 0.3,
                             .cross_dropout = 0.3};
}

static sidle_real *param_of(const bench *b, int layer, const char *name)
{
    const sidle_layer *l = &b->model->layers[layer];

    for (int i = 0; i < l->n_params; i++)
        if (strstr(l->params[i].name, name))
            return b->weights[layer] + l->params[i].offset;
    fail_msg("no parameter \"%s\"", name);
    return NULL;
}

static int head_of(const bench *b)
{
    return b->model->n_layers - 1;
}

/* A heavy head, so that sequences are lively; no EOS. */
static void fill_weights(bench *b, uint64_t seed)
{
    b->weights = calloc((size_t)b->model->n_layers, sizeof(*b->weights));
    assert_non_null(b->weights);
    for (int i = 0; i < b->model->n_layers; i++) {
        size_t n = b->model->layers[i].weights;

        b->weights[i] =
            aligned_alloc(64, (n * sizeof(sidle_real) + 63) & ~(size_t)63);
        assert_non_null(b->weights[i]);
        check_random(seed, b->model->layers[i].name, (ptrdiff_t)n,
                     b->weights[i]);
    }
    param_of(b, head_of(b), "logits/bias")[SIDLE_EOS] = -1000;
}

static void open_bench(bench *b, sidle_positions positions, ptrdiff_t latents)
{
    sidle_perceiver sizes = sizes_of(positions, latents);

    *b = (bench){0};
    assert_int_equal(sidle_model_perceiver(&sizes, 1, &b->model), SIDLE_OK);
    fill_weights(b, 5 + (uint64_t)positions);
}

static void close_bench(bench *b)
{
    for (int i = 0; i < b->model->n_layers; i++)
        free(b->weights[i]);
    free(b->weights);
    sidle_model_free(b->model);
}

static const sidle_real *weights_of(void *context, int layer)
{
    const bench *b = context;

    return b->weights[layer];
}

static sidle_status note_token(void *context, int32_t token)
{
    bench *b = context;

    assert_true(b->n_tokens < MAX_NEW);
    b->tokens[b->n_tokens++] = token;
    if (b->n_tokens == b->fails_at)
        return sidle_fail(SIDLE_EIO, "nobody reads");
    return SIDLE_OK;
}

static sidle_generator_config config_of(bench *b)
{
    return (sidle_generator_config){.model = b->model,
                                    .weights = weights_of,
                                    .on_token = note_token,
                                    .context = b,
                                    .pick = {.top_p = 1.0, .is_greedy = 1}};
}

static sidle_status try_config(bench *b, const sidle_generator_config *config,
                               const int32_t *prompt, int64_t n_prompt,
                               int64_t n_new, uint64_t sequence)
{
    sidle_generator *g;
    sidle_status status;

    b->n_tokens = 0;
    assert_int_equal(sidle_generator_new(config, &g), SIDLE_OK);
    status = sidle_generate(g, prompt, n_prompt, n_new, sequence, &b->told);
    sidle_generator_free(g);
    assert_int_equal(b->told.n_tokens, b->n_tokens);
    return status;
}

static void run(bench *b, const sidle_generator_config *config,
                const int32_t *prompt, int64_t n_prompt, int64_t n_new)
{
    assert_int_equal(try_config(b, config, prompt, n_prompt, n_new, 0),
                     SIDLE_OK);
}

static void random_prompt(uint64_t seed, int64_t n, int32_t *prompt)
{
    sidle_rng rng = {seed, sidle_rng_stream("prompt", 0)};

    for (int64_t i = 0; i < n; i++)
        prompt[i] = 3 + (int32_t)sidle_rng_below(rng, (uint64_t)i, V - 3);
}

/* The same tokens with and without caches. */
static void check_exact(bench *b, sidle_generator_config config,
                        const int32_t *prompt, int64_t n_prompt, int64_t n_new)
{
    int32_t exact[MAX_NEW];

    config.is_exact = 1;
    run(b, &config, prompt, n_prompt, n_new);
    assert_int_equal(b->n_tokens, n_new);
    memcpy(exact, b->tokens, sizeof(exact));
    config.is_exact = 0;
    run(b, &config, prompt, n_prompt, n_new);
    assert_int_equal(b->n_tokens, n_new);
    assert_memory_equal(b->tokens, exact, (size_t)n_new * sizeof(*exact));
}

TEST(caches_are_exact_up_to_the_latents)
{
    int32_t prompt[N];
    bench b;

    for (int p = SIDLE_ROTARY; p <= SIDLE_SINUSOIDAL; p++) {
        open_bench(&b, (sidle_positions)p, N);
        for (int n = 0; n < N - 1; n++) {
            sidle_generator_config config = config_of(&b);

            random_prompt((uint64_t)n, n, prompt);
            check_exact(&b, config, n > 0 ? prompt : NULL, n, N - 1 - n);
            assert_int_equal(b.told.n_refills, 0);
            config.pick = (sidle_pick){1.5, 0, 0.9, 0};
            config.seed = (uint64_t)n;
            check_exact(&b, config, prompt, n, N - 1 - n);
        }
        close_bench(&b);
    }
}

TEST(the_first_token_is_exact_for_any_prompt)
{
    const int64_t lengths[] = {0, 1, N - 1, N, M - 1, M, M + 1, 3 * M};
    int32_t prompt[3 * M];
    bench b;

    for (int p = SIDLE_ROTARY; p <= SIDLE_SINUSOIDAL; p++) {
        open_bench(&b, (sidle_positions)p, N);
        for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
            for (uint64_t seed = 0; seed < 5; seed++) {
                random_prompt(seed, lengths[i], prompt);
                check_exact(&b, config_of(&b), prompt, lengths[i], 1);
            }
        close_bench(&b);
    }
}

/* If all latents are made anew for every token nothing is left of the caches'
 * approximation, beyond the context too: rotary angles are relative. */
TEST(full_refills_are_exact_at_any_length)
{
    int32_t prompt[4];
    bench b;

    random_prompt(3, 4, prompt);
    for (int p = SIDLE_ROTARY; p <= SIDLE_SINUSOIDAL; p++) {
        sidle_generator_config config;

        open_bench(&b, (sidle_positions)p, N);
        config = config_of(&b);
        config.refill = N;
        config.pick = (sidle_pick){1.0, 0, 1.0, 0};
        check_exact(&b, config, prompt, 4, 3 * M);
        close_bench(&b);
    }
}

/* Latents that a cached token sees: from the prompt's on they grow to N, then
 * fall to F. */
static ptrdiff_t latents_at(int64_t n_prompt, int64_t n_fed, ptrdiff_t refill)
{
    ptrdiff_t n = n_prompt + 1 < N ? (ptrdiff_t)n_prompt + 1 : N;

    for (int64_t i = 0; i < n_fed; i++)
        n = n == N ? refill : n + 1;
    return n;
}

/* A cached token with n latents is the full model's with n latents. */
static void check_against_fewer_latents(sidle_positions positions,
                                        ptrdiff_t refill)
{
    int32_t sequence[MAX_NEW];
    const int n_prompt = 3, n_new = M - 4;
    sidle_generator_config config;
    bench b, few;

    random_prompt(8, n_prompt, sequence);
    open_bench(&b, positions, N);
    config = config_of(&b);
    config.refill = refill;
    run(&b, &config, sequence, n_prompt, n_new);
    memcpy(sequence + n_prompt, b.tokens, (size_t)n_new * sizeof(*sequence));
    assert_true(b.told.n_refills > 0);
    for (int i = 0; i < n_new; i++) {
        open_bench(&few, positions, latents_at(n_prompt, i, refill));
        config = config_of(&few);
        config.is_exact = 1;
        run(&few, &config, sequence, n_prompt + i, 1);
        assert_int_equal(few.tokens[0], b.tokens[i]);
        close_bench(&few);
    }
    close_bench(&b);
}

TEST(between_refills_only_the_latents_are_fewer)
{
    check_against_fewer_latents(SIDLE_ROTARY, 4);
    check_against_fewer_latents(SIDLE_LEARNED, 4);
    check_against_fewer_latents(SIDLE_ROTARY, 1);
    check_against_fewer_latents(SIDLE_SINUSOIDAL, 7);
}

TEST(refills_and_windows_are_counted)
{
    int32_t prompt[M];
    bench b;
    sidle_generator_config config;

    random_prompt(2, M, prompt);
    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    run(&b, &config, prompt, M, 31); /* F = N / 2: every 5th of 30 fed */
    assert_int_equal(b.told.n_refills, 6);
    assert_int_equal(b.told.n_windows, 1);
    assert_true(b.told.prompt_time >= 0.0 && b.told.time > 0.0);
    close_bench(&b);

    open_bench(&b, SIDLE_LEARNED, N);
    config = config_of(&b);
    run(&b, &config, prompt, M, 31);
    assert_int_equal(b.told.n_refills, 0);
    assert_int_equal(b.told.n_windows, 31);
    config.is_exact = 1;
    run(&b, &config, prompt, 2, 31);
    assert_int_equal(b.told.n_windows, 31);
    run(&b, &config, prompt, 2, 0);
    assert_int_equal(b.n_tokens, 0);
    close_bench(&b);
}

TEST(eos_ends)
{
    sidle_generator_config config;
    sidle_real *bias;
    bench b;

    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    bias = param_of(&b, head_of(&b), "logits/bias");
    bias[SIDLE_EOS] = 1000;
    run(&b, &config, NULL, 0, 20);
    assert_int_equal(b.n_tokens, 0);
    assert_true(b.told.is_ended);

    bias[SIDLE_EOS] = 0;
    config.pick = (sidle_pick){100.0, 0, 1.0, 0};
    run(&b, &config, NULL, 0, MAX_NEW);
    assert_in_range(b.n_tokens, 1, MAX_NEW - 1);
    assert_true(b.told.is_ended);
    for (int64_t i = 0; i < b.n_tokens; i++)
        assert_in_range(b.tokens[i], 3, V - 1);
    close_bench(&b);
}

TEST(seed_and_sequence_make_the_text)
{
    sidle_generator_config config;
    int32_t first[MAX_NEW];
    bench b;

    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    config.pick = (sidle_pick){20.0, 0, 1.0, 0};
    config.seed = 4;
    run(&b, &config, NULL, 0, 40);
    memcpy(first, b.tokens, sizeof(first));
    run(&b, &config, NULL, 0, 60);
    assert_memory_equal(b.tokens, first, 40 * sizeof(*first));
    assert_int_equal(try_config(&b, &config, NULL, 0, 40, 1), SIDLE_OK);
    assert_memory_not_equal(b.tokens, first, 40 * sizeof(*first));
    config.seed = 5;
    run(&b, &config, NULL, 0, 40);
    assert_memory_not_equal(b.tokens, first, 40 * sizeof(*first));
    close_bench(&b);
}

/* A draw belongs to a position, so a text cut off goes on as if it was not. */
TEST(a_text_can_be_continued)
{
    sidle_generator_config config;
    int32_t sequence[13];
    bench b;

    random_prompt(9, 3, sequence);
    open_bench(&b, SIDLE_LEARNED, N);
    config = config_of(&b);
    config.is_exact = 1;
    config.pick = (sidle_pick){20.0, 0, 1.0, 0};
    run(&b, &config, sequence, 3, 10);
    memcpy(sequence + 3, b.tokens, 10 * sizeof(*sequence));
    run(&b, &config, sequence, 8, 5);
    assert_memory_equal(b.tokens, sequence + 8, 5 * sizeof(*sequence));
    close_bench(&b);
}

/* One generator, several sequences: nothing of one is left in the next. */
TEST(sequences_do_not_see_each_other)
{
    sidle_generator_config config;
    sidle_generator *g;
    int32_t prompt[M + 2], first[10];
    bench b;

    random_prompt(6, M + 2, prompt);
    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    assert_int_equal(sidle_generator_new(&config, &g), SIDLE_OK);
    sidle_generate(g, prompt, 3, 10, 0, &b.told);
    memcpy(first, b.tokens, sizeof(first));
    b.n_tokens = 0;
    sidle_generate(g, prompt, M + 2, 30, 0, &b.told);
    b.n_tokens = 0;
    sidle_generate(g, prompt, 3, 10, 0, &b.told);
    assert_memory_equal(b.tokens, first, sizeof(first));
    sidle_generator_free(g);
    sidle_generator_free(NULL);
    close_bench(&b);
}

TEST(bad_prompts_are_refused)
{
    const int32_t padded[] = {3, 4, 0}, large[] = {3, V};
    sidle_generator_config config;
    bench b;

    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    assert_int_equal(try_config(&b, &config, padded, 3, 5, 0), SIDLE_EDATA);
    assert_string_equal(sidle_fail_text(),
                        "token 3 of the prompt is 0, expected 1 to 23");
    assert_int_equal(try_config(&b, &config, large, 2, 5, 0), SIDLE_EDATA);
    close_bench(&b);
}

TEST(numbers_that_are_not_finite_end_it)
{
    sidle_generator_config config;
    bench b;

    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    param_of(&b, head_of(&b), "logits/bias")[7] = (sidle_real)NAN;
    assert_int_equal(try_config(&b, &config, NULL, 0, 5, 0), SIDLE_EDATA);
    assert_non_null(strstr(sidle_fail_text(), "position 2 are not finite"));
    close_bench(&b);
}

TEST(a_listener_that_fails_ends_it)
{
    sidle_generator_config config;
    bench b;

    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    b.fails_at = 3;
    assert_int_equal(try_config(&b, &config, NULL, 0, 5, 0), SIDLE_EIO);
    assert_int_equal(b.n_tokens, 3);
    close_bench(&b);
}

TEST(models_that_cannot_generate_are_refused)
{
    sidle_perceiver sizes = sizes_of(SIDLE_ROTARY, N);
    sidle_layer_ops stepless = sidle_self_ops;
    sidle_generator_config config;
    sidle_generator *g;
    bench b, two_rows = {0};

    open_bench(&b, SIDLE_ROTARY, N);
    config = config_of(&b);
    config.refill = N + 1;
    assert_int_equal(sidle_generator_new(&config, &g), SIDLE_EUSAGE);
    config.refill = -1;
    assert_int_equal(sidle_generator_new(&config, &g), SIDLE_EUSAGE);

    config = config_of(&b);
    stepless.step = NULL;
    b.model->layers[1].ops = &stepless;
    assert_int_equal(sidle_generator_new(&config, &g), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "\"self.000\""));
    b.model->layers[1].ops = &sidle_self_ops;
    close_bench(&b);

    assert_int_equal(sidle_model_perceiver(&sizes, 2, &two_rows.model),
                     SIDLE_OK);
    config = config_of(&two_rows);
    assert_int_equal(sidle_generator_new(&config, &g), SIDLE_EUSAGE);
    sidle_model_free(two_rows.model);
}

TEST_MAIN

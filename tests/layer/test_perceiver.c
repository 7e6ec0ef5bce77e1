/* test_perceiver.c - names, counts and refusals of the configuration. */
#include "layer/stack.h"

#include "base/status.h"

#include <string.h>

static int64_t count_of(const sidle_perceiver *config)
{
    int64_t sum = 0;

    for (int i = 0; i < config->layers + 2; i++) {
        sidle_layer layer;

        assert_int_equal(stack_init_layer(&layer, config, i, 1), SIDLE_OK);
        for (int k = 0; k < layer.n_params; k++)
            sum += layer.params[k].count;
        sidle_layer_done(&layer);
    }
    return sum;
}

static sidle_perceiver imagenet(void)
{
    return (sidle_perceiver){
        .vocab = 259,
        .context = 12416,
        .latents = 1024,
        .width = 1024,
        .heads = 16,
        .layers = 60,
        .embed_width = 1024,
        .cross_heads = 16,
        .mlp_factor = 4,
        .activation = SIDLE_SQ_RELU,
        .positions = SIDLE_LEARNED,
        .rotary_fraction = 0.5,
        .n_position_sizes = 3,
        .position_sizes = {66, 66, 5},
        .position_pad = 1, /* 12289 inputs, rounded up */
        .dropout = 0.1,
    };
}

TEST(counts_of_published_models)
{
    sidle_perceiver config = imagenet();

    assert_int_equal(count_of(&config), 770094339);
    config.positions = SIDLE_SINUSOIDAL;
    config.n_position_sizes = 0;
    config.context = 32;
    config.latents = 16;
    config.layers = 1;
    assert_int_equal(count_of(&config), 26776835);
}

/* Name, dimensions, and whether it is a matrix inside the layers. */
struct expected {
    const char *name;
    ptrdiff_t out, in;
    int is_matrix;
};

static void check_names(int index, const struct expected *expected, int n)
{
    sidle_perceiver config = stack_small();
    sidle_layer layer;

    config.embed_width = 24;
    config.positions = SIDLE_LEARNED;
    config.layers = 12;
    assert_int_equal(stack_init_layer(&layer, &config, index, 2), SIDLE_OK);
    assert_int_equal(layer.n_params, n);
    for (int k = 0; k < n; k++) {
        const sidle_param *param = NULL;

        for (int i = 0; i < layer.n_params; i++)
            if (strcmp(layer.params[i].name, expected[k].name) == 0)
                param = &layer.params[i];
        if (!param)
            fail_msg("there is no %s", expected[k].name);
        assert_int_equal(param->dims[0], expected[k].out);
        assert_int_equal(param->n_dims, expected[k].in > 0 ? 2 : 1);
        assert_int_equal(param->dims[1], expected[k].in);
        assert_int_equal(param->is_matrix, expected[k].is_matrix);
    }
    sidle_layer_done(&layer);
}

TEST(names_and_shapes)
{
    static const struct expected cross[] = {
        {"embed/token", 13, 24, 0},
        {"embed/position", 11, 24, 0},
        {"latent/weight", 16, 24, 1},
        {"latent/bias", 16, 0, 0},
        {"cross/norm_q/scale", 16, 0, 0},
        {"cross/norm_q/offset", 16, 0, 0},
        {"cross/norm_kv/scale", 24, 0, 0},
        {"cross/norm_kv/offset", 24, 0, 0},
        {"cross/q/weight", 24, 16, 1},
        {"cross/q/bias", 24, 0, 0},
        {"cross/k/weight", 24, 24, 1},
        {"cross/k/bias", 24, 0, 0},
        {"cross/v/weight", 24, 24, 1},
        {"cross/v/bias", 24, 0, 0},
        {"cross/o/weight", 16, 24, 1},
        {"cross/o/bias", 16, 0, 0},
        {"cross/norm_mlp/scale", 16, 0, 0},
        {"cross/norm_mlp/offset", 16, 0, 0},
        {"cross/mlp_up/weight", 32, 16, 1},
        {"cross/mlp_up/bias", 32, 0, 0},
        {"cross/mlp_down/weight", 16, 32, 1},
        {"cross/mlp_down/bias", 16, 0, 0},
    };
    static const struct expected self[] = {
        {"self/011/norm_attn/scale", 16, 0, 0},
        {"self/011/norm_attn/offset", 16, 0, 0},
        {"self/011/q/weight", 16, 16, 1},
        {"self/011/q/bias", 16, 0, 0},
        {"self/011/k/weight", 16, 16, 1},
        {"self/011/k/bias", 16, 0, 0},
        {"self/011/v/weight", 16, 16, 1},
        {"self/011/v/bias", 16, 0, 0},
        {"self/011/o/weight", 16, 16, 1},
        {"self/011/o/bias", 16, 0, 0},
        {"self/011/norm_mlp/scale", 16, 0, 0},
        {"self/011/norm_mlp/offset", 16, 0, 0},
        {"self/011/mlp_up/weight", 32, 16, 1},
        {"self/011/mlp_up/bias", 32, 0, 0},
        {"self/011/mlp_down/weight", 16, 32, 1},
        {"self/011/mlp_down/bias", 16, 0, 0},
    };
    static const struct expected final[] = {
        {"final/norm/scale", 16, 0, 0},
        {"final/norm/offset", 16, 0, 0},
        {"final/logits/weight", 13, 16, 0},
        {"final/logits/bias", 13, 0, 0},
    };

    check_names(0, cross, 22);
    check_names(12, self, 16);
    check_names(13, final, 4);
}

static void refused(const sidle_perceiver *config, const char *key)
{
    assert_int_equal(sidle_perceiver_check(config), SIDLE_EUSAGE);
    if (!strstr(sidle_fail_text(), key))
        fail_msg("\"%s\" does not name %s", sidle_fail_text(), key);
}

#define REFUSED(field, value)                                                  \
    do {                                                                       \
        sidle_perceiver config = stack_small();                                \
                                                                               \
        config.field = (value);                                                \
        refused(&config, "model." #field);                                     \
    } while (0)

TEST(bad_sizes_are_refused_by_name)
{
    REFUSED(vocab, 2);
    REFUSED(context, 0);
    REFUSED(latents, 0);
    REFUSED(latents, 11);
    REFUSED(width, 0);
    REFUSED(heads, 3);
    REFUSED(heads, 0);
    REFUSED(layers, -1);
    REFUSED(layers, 1001);
    REFUSED(embed_width, 0);
    REFUSED(embed_width, 17);
    REFUSED(cross_heads, 5);
    REFUSED(mlp_factor, 0);
    REFUSED(rotary_fraction, 1.5);
    REFUSED(rotary_fraction, -0.1);
    REFUSED(dropout, 1.0);
    REFUSED(dropout, (double)NAN);
    REFUSED(cross_dropout, -0.5);
}

TEST(a_layer_answers_what_the_check_does)
{
    sidle_perceiver config = stack_small();
    sidle_layer layer;

    config.heads = 3;
    for (int i = 0; i < 4; i++)
        assert_int_equal(stack_init_layer(&layer, &config, i, 1), SIDLE_EUSAGE);
}

TEST(latents_of_another_shape_are_refused)
{
    sidle_perceiver config = stack_small();
    sidle_shape in = {2, {6, 17}};
    sidle_layer layer;

    assert_int_equal(
        sidle_layer_init(&layer, &sidle_self_ops, "self.004", &in, 1, &config),
        SIDLE_EUSAGE);
    assert_string_equal(sidle_fail_text(),
                        "unit \"self.004\" (self) gets an input of shape (6, "
                        "17), it needs (6, 16)");
    assert_int_equal(
        sidle_layer_init(&layer, &sidle_final_ops, "final", NULL, 1, &config),
        SIDLE_EUSAGE);
}

/* Inputs of a batch are counted in 32 bits. */
TEST(a_batch_of_too_many_inputs_is_refused)
{
    sidle_perceiver config = stack_small();
    sidle_layer layer;

    config.context = 1 << 16;
    assert_int_equal(sidle_layer_init(&layer, &sidle_cross_ops, "cross", NULL,
                                      (1 << 15) - 1, &config),
                     SIDLE_OK);
    sidle_layer_done(&layer);
    assert_int_equal(sidle_layer_init(&layer, &sidle_cross_ops, "cross", NULL,
                                      1 << 15, &config),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "data.batch is 32768"));
}

TEST(position_sizes)
{
    sidle_perceiver config = imagenet();

    assert_int_equal(sidle_perceiver_check(&config), SIDLE_OK);
    config.context = 12417;
    refused(&config, "model.position_sizes");
    config = imagenet();
    config.position_pad = 0;
    refused(&config, "model.position_pad: true");
    config = imagenet();
    config.position_sizes[2] = 2;
    refused(&config, "model.position_sizes");
    config = imagenet();
    config.positions = SIDLE_ROTARY;
    refused(&config, "model.position_sizes");
    config = imagenet();
    config.n_position_sizes = 9;
    refused(&config, "model.position_sizes");
    config = stack_small();
    config.positions = SIDLE_LEARNED;
    config.n_position_sizes = 1;
    config.position_sizes[0] = 11;
    assert_int_equal(sidle_perceiver_check(&config), SIDLE_OK);
    config.position_sizes[0] = 10;
    refused(&config, "model.position_sizes");
}

/* Products of a layer, told by its parameters: each row of a matrix's input
 * takes two operations a weight. */
static double products(const sidle_layer *layer, double inputs, double latents)
{
    double sum = 0.0;

    for (int i = 0; i < layer->n_params; i++) {
        const sidle_param *param = &layer->params[i];
        int is_key = strstr(param->name, "cross/k/") != NULL ||
                     strstr(param->name, "cross/v/") != NULL;

        if (param->n_dims == 2 && strstr(param->name, "embed/") == NULL)
            sum += 2.0 * (double)param->count * (is_key ? inputs : latents);
    }
    return sum;
}

TEST(layers_tell_the_operations_that_they_do)
{
    sidle_perceiver config = stack_small();
    double M = 10, n = 6, d = 16, C = 24, B = 3;
    stack s;

    config.embed_width = 24;
    s = stack_new(&config, 3, 0.0);
    for (int i = 0; i < s.n; i++) {
        double attention = i == 0         ? 4 * n * M * C
                           : i == s.n - 1 ? 0
                                          : 4 * n * n * d;

        assert_true(s.layer[i].flops ==
                    B * (products(&s.layer[i], M, n) + attention));
    }
    stack_free(&s);
}

TEST(operations_are_reported_as_the_design_says)
{
    sidle_perceiver config = stack_small();
    double M = 10, n = 6, d = 16, L = 2, V = 13, B = 3;

    config.width = 32; /* d stands for the embedding's width there */
    assert_true(sidle_perceiver_flops(&config, 3) ==
                B * (4 * M * d * d + 4 * n * M * d + 22 * n * d * d +
                     L * (24 * n * d * d + 4 * n * n * d) + 2 * n * d * V));
}

TEST_MAIN

/* test_gradients.c - the layers of Perceiver AR against finite differences. */
/* real: double */
/* with: kit_layer.c */
#include "check.h"
#include "kit_layer.h"
#include "layer/perceiver.h"

static const sidle_perceiver plain = {
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
    .z_loss = 0.01,
};

static void check_item(const sidle_perceiver *config, const sidle_item *item)
{
    kit_case given = {.ops = &sidle_cross_ops,
                      .name = "cross",
                      .options = config,
                      .item = *item,
                      .grad_weight = 0.125,
                      .z_loss = config->z_loss,
                      .seed = 61};

    kit_check_layer(&given);
    given.in = sidle_perceiver_shape(config);
    given.ops = &sidle_self_ops;
    given.name = "self.001";
    kit_check_layer(&given);
    given.ops = &sidle_final_ops;
    given.name = "final";
    kit_check_layer(&given);
}

/* A full row, a short one (fewer inputs than latents), one with SOS only. */
static void check_config(const sidle_perceiver *config, int is_training)
{
    const int32_t length[3] = {10, 4, 1};
    kit_batch batch =
        kit_batch_new(62, 3, config->context, config->vocab, length);

    batch.item.is_training = is_training;
    batch.item.number = 7;
    batch.item.first_row = 5;
    check_item(config, &batch.item);
    kit_batch_free(&batch);
}

TEST(rotary_layers)
{
    check_config(&plain, 0);
}

TEST(whole_heads_rotate_and_sizes_are_odd)
{
    sidle_perceiver config = plain;

    config.rotary_fraction = 1.0;
    config.width = 15;
    config.heads = 3;
    config.embed_width = 14;
    config.cross_heads = 2;
    config.activation = SIDLE_GELU;
    check_config(&config, 0);
}

TEST(learned_positions)
{
    sidle_perceiver config = plain;

    config.positions = SIDLE_LEARNED;
    check_config(&config, 0);
}

TEST(positions_of_an_image)
{
    sidle_perceiver config = plain;

    config.positions = SIDLE_LEARNED;
    config.n_position_sizes = 3;
    config.position_sizes[0] = 4;
    config.position_sizes[1] = 4;
    config.position_sizes[2] = 4;
    config.has_old_places = 1; /* 10 inputs on 8 places */
    check_config(&config, 0);
}

TEST(sinusoidal_positions_and_a_wide_input)
{
    sidle_perceiver config = plain;

    config.positions = SIDLE_SINUSOIDAL;
    config.embed_width = 24;
    config.cross_heads = 3;
    check_config(&config, 0);
}

TEST(residual_dropout)
{
    sidle_perceiver config = plain;

    config.dropout = 0.3;
    check_config(&config, 1);
}

TEST(dropped_keys)
{
    sidle_perceiver config = plain;

    config.dropout = 0.1;
    config.cross_dropout = 0.6;
    check_config(&config, 1);
    config.cross_dropout = 0.97; /* most rows have no key left */
    check_config(&config, 1);
}

TEST(an_empty_row_and_few_scored)
{
    const int32_t length[2] = {0, 8}, scored[2] = {6, 2};
    kit_batch batch = kit_batch_new(63, 2, plain.context, plain.vocab, length);

    batch.item.scored = scored;
    check_item(&plain, &batch.item);
    kit_batch_free(&batch);
}

TEST(one_latent_for_each_input)
{
    sidle_perceiver config = plain;

    config.latents = config.context;
    check_config(&config, 0);
}

TEST_MAIN

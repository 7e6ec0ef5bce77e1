/* test_perceiver.c - the whole network against its double-precision twin. */
/* with: twin.c */
#include "check.h"
#include "twin.h"

#include "base/arena.h"
#include "model/block.h"
#include "model/perceiver.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 4
#define TOLERANCE 1e-4

static sidle_perceiver perceiver_of(const twin_config *c)
{
    sidle_perceiver config = {
        .vocab = c->vocab,
        .context = c->context,
        .latents = c->latents,
        .width = c->width,
        .heads = c->heads,
        .layers = c->layers,
        .embed_width = c->embed_width,
        .cross_heads = c->cross_heads,
        .mlp_factor = c->mlp_factor,
        .activation = c->activation == TWIN_GELU ? SIDLE_GELU : SIDLE_SQ_RELU,
        .positions = c->positions == TWIN_ROTARY    ? SIDLE_ROTARY
                     : c->positions == TWIN_LEARNED ? SIDLE_LEARNED
                                                    : SIDLE_SINUSOIDAL,
        .rotary_fraction = c->rotary_fraction,
        .z_loss = 0.01};

    return config;
}

static const twin_config configs[] = {
    {31, 40, 16, 24, 3, 2, 16, 2, 4, TWIN_SQ_RELU, TWIN_ROTARY, 0.5},
    {31, 40, 16, 24, 3, 2, 24, 3, 2, TWIN_GELU, TWIN_LEARNED, 0.5},
    {31, 17, 17, 16, 2, 1, 16, 4, 3, TWIN_SQ_RELU, TWIN_SINUSOIDAL, 0.5},
    {31, 40, 16, 24, 3, 1, 24, 3, 2, TWIN_SQ_RELU, TWIN_ROTARY, 1.0}};

#define N_CONFIGS ((int)(sizeof(configs) / sizeof(*configs)))

/* Inputs of the rows: a full one, a shorter one, one shorter than the latents,
 * and none but SOS. */
static const int short_rows[ROWS] = {40, 37, 5, 0};

static void draw_tokens(const twin_config *c, const int *lengths, uint64_t seed,
                        int32_t *tokens, int32_t *length)
{
    sidle_rng rng = {seed, sidle_rng_stream("tokens", 0)};

    memset(tokens, 0, sizeof(*tokens) * ROWS * (size_t)(c->context + 1));
    for (int b = 0; b < ROWS; b++) {
        length[b] = lengths[b] < c->context ? lengths[b] : c->context;
        for (int p = 0; p <= length[b]; p++) {
            int at = b * (c->context + 1) + p;

            tokens[at] = 1 + (int32_t)sidle_rng_below(rng, (uint64_t)at,
                                                      (uint64_t)c->vocab - 1);
        }
    }
}

/* One configuration in both worlds, with the same weights. */
struct pair {
    const twin_config *config;
    sidle_perceiver perceiver;
    sidle_model *model;
    sidle_block *block;
    twin *twin;
    double *w, *dw;
};

static const sidle_block_room plain = {1, 1, 1, 0, 0};

static void pair_init(struct pair *pair, const twin_config *config, int first,
                      int last)
{
    pair->config = config;
    pair->perceiver = perceiver_of(config);
    assert_int_equal(
        sidle_model_perceiver(&pair->perceiver, ROWS, &pair->model), SIDLE_OK);
    last = last < 0 ? pair->model->n_layers : last;
    assert_int_equal(sidle_block_new(pair->model, 0, first, last - first,
                                     &plain, &pair->block),
                     SIDLE_OK);
    sidle_block_init_weights(pair->block, 11);
    pair->twin = twin_new(config);
    pair->w = calloc((size_t)pair->twin->count, sizeof(double));
    pair->dw = calloc((size_t)pair->twin->count, sizeof(double));
    assert_non_null(pair->w);
    assert_non_null(pair->dw);
}

static void pair_done(struct pair *pair)
{
    free(pair->w);
    free(pair->dw);
    twin_free(pair->twin);
    sidle_block_free(pair->block);
    sidle_model_free(pair->model);
}

static const twin_param *twin_of(const struct pair *pair,
                                 const sidle_param *param)
{
    const twin_param *found = twin_find(pair->twin, param->name);

    if (found == NULL)
        fail_msg("the twin has no \"%s\"", param->name);
    assert_int_equal(found->n_dims, param->n_dims);
    assert_int_equal(found->dims[0], param->dims[0]);
    if (param->n_dims == 2)
        assert_int_equal(found->dims[1], param->dims[1]);
    return found;
}

/* Shake every parameter, zeros and ones too, and copy it to the twin. */
static void shake(struct pair *pair)
{
    const sidle_block *block = pair->block;

    for (int k = 0; k < block->n_layers; k++) {
        const sidle_layer *layer = &pair->model->layers[block->first_layer + k];

        for (int p = 0; p < layer->n_params; p++) {
            const sidle_param *param = &layer->params[p];
            const twin_param *found = twin_of(pair, param);
            sidle_real *w =
                sidle_block_weights(block) +
                sidle_block_param_offset(block, block->first_layer + k, p);
            sidle_rng rng = {5, sidle_rng_stream(param->name, 0)};

            for (ptrdiff_t i = 0; i < param->count; i++) {
                double u = sidle_rng_uniform(rng, (uint64_t)i);

                w[i] += (sidle_real)(0.6 * (u - 0.5));
                pair->w[found->offset + i] = (double)w[i];
            }
        }
    }
}

static void assert_same_grads(const struct pair *pair)
{
    const sidle_block *block = pair->block;

    for (int k = 0; k < block->n_layers; k++) {
        int index = block->first_layer + k;
        const sidle_layer *layer = &pair->model->layers[index];

        for (int p = 0; p < layer->n_params; p++)
            check_close(layer->params[p].name, layer->params[p].count,
                        block->grad + sidle_block_param_offset(block, index, p),
                        pair->dw + twin_of(pair, &layer->params[p])->offset,
                        TOLERANCE);
    }
}

static void fill(struct pair *pair, const int *lengths, int32_t *tokens,
                 uint64_t seed)
{
    sidle_slot *slot = &pair->block->slots[0];

    draw_tokens(pair->config, lengths, seed, tokens, slot->length);
    if (slot->fields[0] != NULL)
        memcpy(slot->fields[0], tokens,
               sizeof(*tokens) * ROWS * (size_t)(pair->config->context + 1));
    for (int b = 0; b < ROWS; b++)
        slot->scored[b] = b == 1 ? 3 : pair->config->latents;
    sidle_block_set_item(pair->block, 0, 1, 1, 0, 0);
}

TEST(loss_and_gradients_are_the_twins)
{
    int32_t tokens[ROWS * 41];

    for (int c = 0; c < N_CONFIGS; c++) {
        struct pair pair;
        sidle_slot *slot;
        twin_item item = {ROWS, tokens, NULL};
        twin_loss loss;
        double n;

        pair_init(&pair, &configs[c], 0, -1);
        shake(&pair);
        slot = &pair.block->slots[0];
        fill(&pair, short_rows, tokens, (uint64_t)c);
        item.scored = slot->scored;
        n = twin_targets(pair.twin, &item);
        slot->grad_weight = 1.0 / n;
        sidle_block_forward(pair.block, 0, NULL);
        sidle_block_input_grad(pair.block, 0, 0, NULL, NULL);
        sidle_block_weight_grad(pair.block, 0, 0, NULL);

        loss = twin_forward(pair.twin, pair.w, 0, pair.twin->n_units, &item,
                            NULL, NULL);
        twin_backward(pair.twin, pair.w, 0, pair.twin->n_units, &item, NULL,
                      NULL, 1.0 / n, 0.01, NULL, pair.dw);
        assert_int_equal(pair.block->loss.n_targets, loss.n_targets);
        assert_true(fabs(pair.block->loss.sum - loss.nats) < 1e-5 * loss.nats);
        assert_same_grads(&pair);
        pair_done(&pair);
    }
}

/* A gradient may come from another item than the activation (sideways): it is
 * not zero at latents that are invalid here. */
TEST(any_gradient_meets_any_activation)
{
    int32_t tokens[ROWS * 41];

    for (int first = 0; first < 3; first++) {
        struct pair pair;
        twin_item item = {ROWS, tokens, NULL};
        ptrdiff_t size;
        sidle_real *y, *dy, *dx;
        double *x, *u, *g;

        pair_init(&pair, &configs[0], first, first == 0 ? 2 : first + 1);
        shake(&pair);
        fill(&pair, short_rows, tokens, 3);
        size = (ptrdiff_t)ROWS * configs[0].latents * configs[0].width;
        y = calloc((size_t)(3 * size), sizeof(*y));
        x = calloc((size_t)(3 * size), sizeof(*x));
        assert_non_null(y);
        assert_non_null(x);
        dy = y + size;
        dx = dy + size;
        u = x + size;
        g = u + size;
        check_random(1, "dy", size, dy);
        if (first > 0)
            check_random(1, "x", size, pair.block->slots[0].x);
        for (ptrdiff_t i = 0; i < size; i++) {
            u[i] = (double)dy[i];
            if (first > 0)
                x[i] = (double)pair.block->slots[0].x[i];
        }
        sidle_block_forward(pair.block, 0, y);
        sidle_block_input_grad(pair.block, 0, 0, dy, first > 0 ? dx : NULL);
        sidle_block_weight_grad(pair.block, 0, 0, dy);
        twin_backward(pair.twin, pair.w, first, first == 0 ? 2 : first + 1,
                      &item, first > 0 ? x : NULL, u, 1.0, 0.0,
                      first > 0 ? g : NULL, pair.dw);
        if (first > 0)
            check_close("dx", size, dx, g, TOLERANCE);
        assert_same_grads(&pair);
        free(x);
        free(y);
        pair_done(&pair);
    }
}

TEST(the_first_loss_is_the_logarithm_of_the_vocabulary)
{
    int32_t tokens[ROWS * 41];

    for (int c = 0; c < N_CONFIGS; c++) {
        struct pair pair;
        double mean;

        pair_init(&pair, &configs[c], 0, -1);
        fill(&pair, short_rows, tokens, (uint64_t)c);
        sidle_block_forward(pair.block, 0, NULL);
        mean = pair.block->loss.sum / (double)pair.block->loss.n_targets;
        assert_true(fabs(mean - log(31.0)) < 1e-6);
        pair_done(&pair);
    }
}

/* The ImageNet model of the paper: 60 layers, positions x, y and channel. */
TEST(imagenet_has_770094339_parameters)
{
    sidle_perceiver config = {.vocab = 259,
                              .context = 12288,
                              .latents = 1024,
                              .width = 1024,
                              .heads = 16,
                              .layers = 60,
                              .embed_width = 1024,
                              .cross_heads = 16,
                              .mlp_factor = 4,
                              .positions = SIDLE_LEARNED,
                              .rotary_fraction = 0.5,
                              .n_position_sizes = 3,
                              .position_sizes = {66, 66, 5}};
    sidle_model *model;

    assert_int_equal(sidle_model_perceiver(&config, 1, &model), SIDLE_OK);
    assert_int_equal(model->n_layers, 62);
    assert_true(sidle_model_count(model) == INT64_C(770094339));
    sidle_model_free(model);
}

/* A model is looked at before anybody knows whether a machine can hold it. */
TEST(a_model_of_any_context_takes_no_memory)
{
    static const sidle_positions kinds[] = {SIDLE_ROTARY, SIDLE_SINUSOIDAL,
                                            SIDLE_LEARNED};
    sidle_perceiver config = {.vocab = 259,
                              .context = INT32_MAX - 1,
                              .latents = 16,
                              .width = 64,
                              .heads = 2,
                              .layers = 2,
                              .embed_width = 64,
                              .cross_heads = 2,
                              .mlp_factor = 4,
                              .rotary_fraction = 1.0};
    sidle_model *model;

    for (int i = 0; i < 3; i++) {
        config.positions = kinds[i];
        assert_int_equal(sidle_model_perceiver(&config, 1, &model), SIDLE_OK);
        if (config.positions == SIDLE_ROTARY)
            assert_true(model->layers[1].tables == (size_t)INT32_MAX * 16 * 8);
        if (config.positions == SIDLE_SINUSOIDAL)
            assert_true(model->layers[0].tables == (size_t)INT32_MAX * 64 * 4);
        sidle_model_free(model);
    }
}

/* Operations of an item, the formula of the documentation, C = d. */
TEST(operations_are_counted_as_documented)
{
    sidle_perceiver config = {.vocab = 259,
                              .context = 1024,
                              .latents = 256,
                              .width = 128,
                              .heads = 4,
                              .layers = 6,
                              .embed_width = 128,
                              .cross_heads = 4,
                              .mlp_factor = 4,
                              .rotary_fraction = 0.5};
    double M = 1024, N = 256, d = 128, L = 6, V = 259, B = 3;
    double forward = B * (4 * M * d * d + 4 * N * M * d + 22 * N * d * d +
                          L * (24 * N * d * d + 4 * N * N * d) + 2 * N * d * V);
    sidle_model *model;

    assert_int_equal(sidle_model_perceiver(&config, 3, &model), SIDLE_OK);
    assert_true(sidle_model_flops(model) == 3.0 * forward);
    sidle_model_free(model);
}

TEST(layers_are_found_by_name)
{
    sidle_perceiver config = perceiver_of(&configs[0]);
    sidle_model *model;

    assert_int_equal(sidle_model_perceiver(&config, 2, &model), SIDLE_OK);
    assert_int_equal(sidle_model_find(model, "cross"), 0);
    assert_int_equal(sidle_model_find(model, "self.001"), 2);
    assert_int_equal(sidle_model_find(model, "final"), 3);
    assert_int_equal(sidle_model_find(model, "self.002"), -1);
    assert_int_equal(model->n_fields, 1);
    assert_int_equal(model->fields[0].shape.dims[0], configs[0].context + 1);
    assert_int_equal(model->input, -1);
    assert_int_equal(sidle_model_loss(model)->targets, configs[0].latents);
    assert_true(sidle_model_uninformed(model) == log(configs[0].vocab));
    sidle_model_free(model);
    sidle_model_free(NULL);
}

TEST(a_config_that_does_not_fit_is_refused)
{
    sidle_perceiver config = perceiver_of(&configs[0]);
    sidle_model *model = NULL;

    config.heads = 5; /* does not divide 24 */
    assert_int_equal(sidle_model_perceiver(&config, 2, &model), SIDLE_EUSAGE);
    assert_null(model);
}

/* ---- the same item through blocks cut anywhere, dropout on */

#define N_LAYERS 4

struct chain {
    int n;
    sidle_block *blocks[N_LAYERS];
    sidle_real *y[N_LAYERS], *dx[N_LAYERS]; /* output; gradient of input */
};

/* Bit k of `cuts` is a boundary before layer k + 1. */
static void chain_init(struct chain *chain, const sidle_model *model,
                       unsigned cuts)
{
    int first = 0;

    chain->n = 0;
    for (int k = 1; k <= N_LAYERS; k++) {
        int b = chain->n;

        if (k < N_LAYERS && !(cuts >> (k - 1) & 1))
            continue;
        assert_int_equal(sidle_block_new(model, b, first, k - first, &plain,
                                         &chain->blocks[b]),
                         SIDLE_OK);
        sidle_block_init_weights(chain->blocks[b], 11);
        chain->y[b] = calloc(chain->blocks[b]->out + 1, sizeof(sidle_real));
        chain->dx[b] = calloc(chain->blocks[b]->in + 1, sizeof(sidle_real));
        assert_non_null(chain->y[b]);
        assert_non_null(chain->dx[b]);
        chain->n++;
        first = k;
    }
}

static void chain_done(struct chain *chain)
{
    for (int b = 0; b < chain->n; b++) {
        sidle_block_free(chain->blocks[b]);
        free(chain->y[b]);
        free(chain->dx[b]);
    }
}

static void chain_forward(struct chain *chain, int b, const int32_t *tokens,
                          const int32_t *length)
{
    sidle_block *block = chain->blocks[b];
    sidle_slot *slot = &block->slots[0];

    sidle_block_set_item(block, 0, 3, 1, 17, 0);
    slot->grad_weight = 0.125;
    slot->item.scored = NULL;
    memcpy(slot->length, length, sizeof(*length) * ROWS);
    if (slot->fields[0] != NULL)
        memcpy(slot->fields[0], tokens,
               ROWS * sidle_field_bytes(&block->model->fields[0]));
    if (b > 0)
        memcpy(slot->x, chain->y[b - 1], block->in * sizeof(sidle_real));
    sidle_block_forward(block, 0, block->is_last ? NULL : chain->y[b]);
}

/* Two items' worth of gradients, so that their sum is looked at too. */
static void chain_run(struct chain *chain, const int32_t *tokens,
                      const int32_t *length)
{
    for (int turn = 0; turn < 2; turn++) {
        for (int b = 0; b < chain->n; b++)
            chain_forward(chain, b, tokens, length);
        for (int b = chain->n - 1; b >= 0; b--) {
            const sidle_real *dy = b == chain->n - 1 ? NULL : chain->dx[b + 1];

            sidle_block_input_grad(chain->blocks[b], 0, 0, dy,
                                   b == 0 ? NULL : chain->dx[b]);
            sidle_block_weight_grad(chain->blocks[b], 0, 0, dy);
        }
    }
}

/* What layer k has in its block: reals of its gradients, and where. */
static const sidle_real *chain_grad(const struct chain *chain, int layer)
{
    int b = 0;

    while (layer >= chain->blocks[b]->first_layer + chain->blocks[b]->n_layers)
        b++;
    return chain->blocks[b]->grad +
           sidle_block_param_offset(chain->blocks[b], layer, 0);
}

/* Heads that are not zero, so that a gradient reaches every block. */
static void wake_up(struct chain *chain)
{
    sidle_block *last = chain->blocks[chain->n - 1];
    const sidle_layer *final = &last->model->layers[N_LAYERS - 1];
    ptrdiff_t at = sidle_block_param_offset(last, N_LAYERS - 1, 0);

    for (int p = 0; p < final->n_params; p++)
        check_random(23, final->params[p].name, final->params[p].count,
                     sidle_block_weights(last) + at - final->params[0].offset +
                         final->params[p].offset);
}

TEST(blocks_cut_anywhere_give_the_same_bits)
{
    sidle_perceiver config = perceiver_of(&configs[0]);
    int32_t tokens[ROWS * 41], length[ROWS];
    sidle_model *model;
    struct chain whole;

    config.dropout = 0.1;
    config.cross_dropout = 0.3;
    draw_tokens(&configs[0], short_rows, 1, tokens, length);
    assert_int_equal(sidle_model_perceiver(&config, ROWS, &model), SIDLE_OK);
    chain_init(&whole, model, 0);
    wake_up(&whole);
    chain_run(&whole, tokens, length);
    for (unsigned cuts = 1; cuts < 1u << (N_LAYERS - 1); cuts++) {
        struct chain chain;

        chain_init(&chain, model, cuts);
        wake_up(&chain);
        chain_run(&chain, tokens, length);
        assert_memory_equal(&chain.blocks[chain.n - 1]->loss,
                            &whole.blocks[0]->loss, sizeof(sidle_loss));
        for (int k = 0; k < N_LAYERS; k++)
            assert_memory_equal(chain_grad(&chain, k), chain_grad(&whole, k),
                                model->layers[k].weights * sizeof(sidle_real));
        chain_done(&chain);
    }
    chain_done(&whole);
    sidle_model_free(model);
}

TEST_MAIN

/* test_layer.c - parameters side by side, and their initial values. */
#include "layer/stack.h"

#include <string.h>

static const sidle_param *find(const sidle_layer *layer, const char *name)
{
    for (int i = 0; i < layer->n_params; i++)
        if (strcmp(layer->params[i].name, name) == 0)
            return &layer->params[i];
    fail_msg("there is no %s", name);
    return NULL;
}

static double deviation(const sidle_real *w, const sidle_param *param)
{
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < param->count; i++)
        sum += (double)w[param->offset + i] * (double)w[param->offset + i];
    return sqrt(sum / (double)param->count);
}

static sidle_perceiver wide(void)
{
    sidle_perceiver config = stack_small();

    config.vocab = 200;
    config.width = config.embed_width = 64;
    config.heads = config.cross_heads = 4;
    return config;
}

TEST(initial_values_have_their_spread)
{
    sidle_perceiver config = wide();
    stack s = stack_new(&config, 1, 0.0);
    const sidle_layer *cross = &s.layer[0];

    assert_true(fabs(deviation(s.w[0], find(cross, "embed/token")) - 0.8796) <
                0.02);
    assert_true(fabs(deviation(s.w[0], find(cross, "cross/q/weight")) -
                     1.0 / 8.0) < 0.005);
    assert_true(fabs(deviation(s.w[0], find(cross, "cross/mlp_down/weight")) -
                     1.0 / sqrt(128.0)) < 0.004);
    assert_true(deviation(s.w[0], find(cross, "cross/q/bias")) == 0.0);
    assert_true(deviation(s.w[0], find(cross, "cross/norm_q/scale")) == 1.0);
    assert_true(deviation(s.w[0], find(cross, "cross/norm_q/offset")) == 0.0);
    assert_true(deviation(s.w[3], find(&s.layer[3], "final/logits/weight")) ==
                0.0);
    stack_free(&s);
}

/* The same name has the same values in another model; another name or seed
 * has others. */
TEST(values_belong_to_seed_and_name)
{
    sidle_perceiver config = wide(), deeper = wide();
    stack s = stack_new(&config, 1, 0.0), t;
    const sidle_param *param = find(&s.layer[1], "self/000/q/weight");
    size_t bytes = (size_t)param->count * sizeof(sidle_real);
    sidle_real *other = stack_reals(s.layer[1].weights);

    deeper.layers = 3;
    t = stack_new(&deeper, 2, 0.0);
    assert_memory_equal(s.w[1] + param->offset, t.w[1] + param->offset, bytes);
    assert_memory_not_equal(s.w[1] + param->offset, s.w[2] + param->offset,
                            bytes);
    sidle_layer_init_weights(&s.layer[1], 6, other);
    assert_memory_not_equal(s.w[1] + param->offset, other + param->offset,
                            bytes);
    free(other);
    stack_free(&s);
    stack_free(&t);
}

TEST(joined_parameters_have_no_gap)
{
    sidle_layer layer = {.name = "joined"};
    int a, b, c;

    sidle_layer_add_param(&layer, "before", 3, 0, 0, SIDLE_INIT_ZERO, 0);
    a = sidle_layer_add_param(&layer, "a", 3, 5, 5, SIDLE_INIT_ZERO, 1);
    b = sidle_layer_add_param(&layer, "b", 2, 5, 5, SIDLE_INIT_ZERO, 1);
    sidle_layer_join_params(&layer, a, b);
    c = sidle_layer_add_param(&layer, "c", 7, 0, 0, SIDLE_INIT_ONE, 0);
    assert_int_equal(layer.params[a].offset % 16, 0);
    assert_int_equal(layer.params[b].offset, layer.params[a].offset + 15);
    assert_int_equal(layer.params[c].offset, layer.params[a].offset + 32);
    assert_int_equal(layer.weights, layer.params[c].offset + 16);
    free(layer.params);
}

TEST(padding_is_zero)
{
    sidle_layer layer = {.name = "padded"};
    sidle_real w[16];

    sidle_layer_add_param(&layer, "one", 3, 0, 0, SIDLE_INIT_ONE, 0);
    assert_int_equal(layer.weights, 16);
    memset(w, 0xff, sizeof(w));
    sidle_layer_init_weights(&layer, 1, w);
    for (int i = 0; i < 16; i++)
        assert_true(w[i] == (i < 3 ? 1 : 0));
    free(layer.params);
}

TEST_MAIN

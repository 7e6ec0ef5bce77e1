/* test_mse.c - the loss of real numbers, and what it costs to know nothing. */
#include "check.h"

#include "layer/kinds.h"

/* Rows of two numbers; the third one does not count. Knowing nothing is to say
 * 0: the squares of the targets. */
TEST(knowing_nothing_costs_the_squares_of_the_targets)
{
    const sidle_shape in = {1, {2}};
    const int32_t scored[3] = {1, 1, 0};
    const sidle_real x[6] = {1, 2, 3, 4, 5, 6}, next[6] = {1, 4, 1, 1, 9, 9};
    const struct { /* as the options of the kind */
        int64_t ahead;
    } options = {0};
    sidle_layer layer;
    sidle_loss loss = {0};
    sidle_item item = {.rows = 3, .scored = scored, .fields = {next}};
    sidle_call call = {.item = &item, .x = x, .loss = &loss};

    assert_int_equal(sidle_layer_init(&layer, sidle_layer_kind("mse"), "loss",
                                      &in, 3, &options),
                     SIDLE_OK);
    layer.ops->forward(&layer, &call);
    assert_int_equal(loss.n_targets, 2);
    assert_true(loss.sum == (0.0 + 4.0) / 2.0 + (4.0 + 9.0) / 2.0);
    assert_true(loss.uninformed == (1.0 + 16.0) / 2.0 + (1.0 + 1.0) / 2.0);
    sidle_layer_done(&layer);
}

TEST_MAIN

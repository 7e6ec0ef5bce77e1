/* test_kinds.c - the kinds that only tests have, through the kit. */
/* real: double */
/* with: kit_layer.c kinds_test.c */
#include "check.h"
#include "kinds_test.h"
#include "kit_layer.h"

#define ROWS 3

static sidle_real targets[ROWS * 5];

static void check(const sidle_layer_ops *ops, sidle_test_size size)
{
    kit_case given = {.ops = ops,
                      .name = "test.000",
                      .in = {1, {size.in}},
                      .options = &size,
                      .grad_weight = 1.0,
                      .seed = 41};

    check_random(43, "targets", ROWS * 5, targets);
    given.item = (sidle_item){.number = 1, .rows = ROWS, .fields = {targets}};
    kit_check_layer(&given);
}

TEST(all_kinds_pass_the_kit)
{
    check(&sidle_test_linear_ops, (sidle_test_size){5, 3});
    check(&sidle_test_tanh_ops, (sidle_test_size){4, 5});
    check(&sidle_test_identity_ops, (sidle_test_size){5, 5});
    check(&sidle_test_mse_ops, (sidle_test_size){5, 5});
}

TEST(unequal_sizes_are_refused)
{
    sidle_test_size size = {5, 4};
    sidle_shape in = {1, {5}};
    sidle_layer layer;

    assert_int_equal(sidle_layer_init(&layer, &sidle_test_identity_ops, "id",
                                      &in, ROWS, &size),
                     SIDLE_EUSAGE);
}

TEST_MAIN

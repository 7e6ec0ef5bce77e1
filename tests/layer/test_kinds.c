/* test_kinds.c - the kinds that only tests have, through the kit. */
/* real: double */
/* with: kit_layer.c kinds_test.c */
#include "check.h"
#include "kinds_test.h"
#include "kit_layer.h"

#define ROWS 3

static sidle_real values[ROWS * 5], targets[ROWS * 5];

static void check(const sidle_layer_ops *ops, sidle_test_size size)
{
    kit_case given = {ops, "test.000", 0, &size, {0}, 41};

    check_random(42, "values", ROWS * 5, values);
    check_random(43, "targets", ROWS * 5, targets);
    given.item = (sidle_item){.number = 1,
                              .rows = ROWS,
                              .values = values,
                              .targets = targets,
                              .grad_weight = 1.0};
    kit_check_layer(&given);
}

TEST(all_kinds_pass_the_kit)
{
    check(&sidle_test_linear_ops, (sidle_test_size){5, 3});
    check(&sidle_test_tanh_ops, (sidle_test_size){4, 5});
    check(&sidle_test_identity_ops, (sidle_test_size){5, 5});
    check(&sidle_test_mse_ops, (sidle_test_size){5, 5});
}

TEST(first_layer_reads_the_item)
{
    sidle_test_size size = {5, 5};
    sidle_item item = {.rows = ROWS, .values = values};
    sidle_real y[ROWS * 5];
    sidle_layer layer;

    check_random(44, "values", ROWS * 5, values);
    assert_int_equal(sidle_layer_init(&layer, &sidle_test_identity_ops, "id", 0,
                                      ROWS, &size),
                     SIDLE_OK);
    layer.ops->forward(&layer, &item, NULL, NULL, y, NULL, NULL);
    assert_memory_equal(y, values, sizeof(y));
    sidle_layer_done(&layer);
}

TEST(unequal_sizes_are_refused)
{
    sidle_test_size size = {5, 4};
    sidle_layer layer;

    assert_int_equal(sidle_layer_init(&layer, &sidle_test_identity_ops, "id", 0,
                                      ROWS, &size),
                     SIDLE_EUSAGE);
}

TEST_MAIN

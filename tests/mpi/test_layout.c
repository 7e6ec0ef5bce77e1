/* test_layout.c - parameters as the optimizer sees them. */
#include "ranks.h"

#include "mpi/layout.h"

/* A kernel (out, y, x, in) is a matrix of a row an output. */
TEST(a_tensor_is_a_matrix_of_its_first_dimension)
{
    const sidle_param kernel = {.n_dims = 4,
                                .dims = {4, 3, 2, 5},
                                .is_matrix = 1,
                                .offset = 7,
                                .count = 120};
    const sidle_param bias = {
        .n_dims = 1, .dims = {4}, .offset = 127, .count = 4};
    sidle_segment a = sidle_layout_segment(&kernel, 1000);
    sidle_segment b = sidle_layout_segment(&bias, 1000);

    assert_true(a.offset == 1007 && a.rows == 4 && a.cols == 30);
    assert_true(a.n_dims == 2 && a.is_matrix);
    assert_true(b.offset == 1127 && b.rows == 4 && b.cols == 1);
    assert_true(b.n_dims == 1 && !b.is_matrix);
}

/* Where its rates stand, and Muon's in the same ratio. */
TEST(a_block_has_the_rate_of_its_place)
{
    const double rates[3] = {0.5, 0.25, 0.0};
    const sidle_optim_config optim = {
        .kind = SIDLE_MUON, .lr = 0.5, .matrix_lr = 0.03};
    const sidle_plan plan = {.schedule = sidle_schedule_find("sideways"),
                             .n_blocks = 3,
                             .update_every = 1,
                             .steps = 9};
    sidle_runner_config config = {.plan = &plan, .optim = &optim};

    for (int b = 1; b <= 3; b++) {
        sidle_optim_config of;

        config.block_lr = NULL;
        of = sidle_layout_optim(&config, b);
        EXPECT(of.lr == 0.5 && of.matrix_lr == 0.03);
        config.block_lr = rates;
        of = sidle_layout_optim(&config, b);
        EXPECT(of.lr == rates[b - 1]);
        EXPECT(of.matrix_lr == 0.03 * (rates[b - 1] / 0.5));
    }
    ranks_finish();
}

RANKS_MAIN

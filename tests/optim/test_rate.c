/* test_rate.c - the schedule at its corners, norms and clipping. */
#include "check.h"

#include "optim/optim.h"

static sidle_optim_config config_of(sidle_decay_kind decay)
{
    return (sidle_optim_config){
        .decay = decay, .warmup = 10, .decay_steps = 40, .final_lr = 0.2};
}

static void check_factor(const sidle_optim_config *config, int64_t update,
                         double expected)
{
    assert_true(fabs(sidle_rate_factor(config, update) - expected) < 1e-15);
}

TEST(warmup_rises_from_zero)
{
    for (int decay = SIDLE_DECAY_CONSTANT; decay <= SIDLE_DECAY_COSINE;
         decay++) {
        sidle_optim_config c = config_of((sidle_decay_kind)decay);

        check_factor(&c, 0, 0.0);
        check_factor(&c, 1, 0.1);
        check_factor(&c, 9, 0.9);
        assert_true(sidle_rate_factor(&c, 10) == 1.0);
    }
}

TEST(constant_stays_and_ignores_the_decay_steps)
{
    sidle_optim_config c = config_of(SIDLE_DECAY_CONSTANT);

    assert_true(sidle_rate_factor(&c, 11) == 1.0);
    assert_true(sidle_rate_factor(&c, 1000000) == 1.0);
    c.decay_steps = 0;
    c.warmup = 0;
    assert_true(sidle_rate_factor(&c, 0) == 1.0);
}

TEST(linear_falls_to_the_end)
{
    sidle_optim_config c = config_of(SIDLE_DECAY_LINEAR);

    check_factor(&c, 20, 1.0 - 0.8 * 0.25);
    check_factor(&c, 30, 0.6);
    check_factor(&c, 50, 0.2);
    check_factor(&c, 51, 0.2);
    check_factor(&c, 1000000, 0.2);
}

TEST(cosine_falls_to_the_end)
{
    sidle_optim_config c = config_of(SIDLE_DECAY_COSINE);

    check_factor(&c, 20, 0.2 + 0.8 * 0.5 * (1.0 + sqrt(0.5)));
    check_factor(&c, 30, 0.6);
    check_factor(&c, 50, 0.2);
    check_factor(&c, 1000000, 0.2);
    c.warmup = 0;
    c.final_lr = 0.0;
    check_factor(&c, 0, 1.0);
    check_factor(&c, 20, 0.5);
    check_factor(&c, 40, 0.0);
}

TEST(squares_are_those_of_the_segments)
{
    static const sidle_segment segments[] = {{1, 2, 2, 2, 0}, {6, 3, 1, 1, 0}};
    static const sidle_real g[] = {100, 1, 2, 3, 4, 100, 5, 6, 7, 100};

    assert_true(sidle_grad_squares(segments, 2, g) == 140.0);
    assert_true(sidle_grad_squares(segments, 0, g) == 0.0);
}

TEST(clip_bounds_the_norm)
{
    assert_true(sidle_clip_factor(1.0, 16.0) == 0.25);
    assert_true(sidle_clip_factor(5.0, 16.0) == 1.0);
    assert_true(sidle_clip_factor(4.0, 16.0) == 1.0);
    assert_true(sidle_clip_factor(0.0, 16.0) == 1.0);
    assert_true(sidle_clip_factor(1.0, 0.0) == 1.0);
}

TEST_MAIN

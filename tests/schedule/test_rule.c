/* test_rule.c - the items of an update by rule, against the simulation. */
#include "check.h"
#include "schedule/check.h"
#include "schedule/rule.h"

enum { MOST_BLOCKS = 16 };

static const char *const flushed[] = {"gpipe", "1f1b", "zero-bubble"};

static sidle_plan plan_of(const char *name, int D, int U)
{
    return (sidle_plan){.schedule = sidle_schedule_find(name),
                        .n_blocks = D,
                        .update_every = U};
}

/* Idle share of all blocks, in equal ticks, as `sidle plan` takes it: between
 * two updates in the middle of a long run. */
static double idle_share(const char *name, int D, int U)
{
    sidle_plan plan = plan_of(name, D, U);
    sidle_play play = {.times = {1.0, 1.0, 1.0, 0.0, 0.0}};
    sidle_played played[MOST_BLOCKS];
    double idle = 0.0;

    play.from = (4 * D / U + 2) * (int64_t)U;
    play.to = play.from + (4 * D / U + 2) * (int64_t)U;
    plan.steps = play.to + 2 * D + U;
    assert_int_equal(sidle_plan_play(&plan, &play, played), SIDLE_OK);
    for (int b = 0; b < D; b++)
        idle += played[b].idle / D;
    return idle;
}

static int64_t staleness(const char *name, int D, int U)
{
    sidle_plan plan = plan_of(name, D, U);
    sidle_play play = {.times = {1.0, 1.0, 1.0, 0.0, 0.0}};
    sidle_played played[MOST_BLOCKS];
    int64_t most = 0;

    plan.steps = 8 * D + 4 * U;
    assert_int_equal(sidle_plan_play(&plan, &play, played), SIDLE_OK);
    for (int b = 0; b < D; b++)
        most = played[b].max_staleness > most ? played[b].max_staleness : most;
    return most;
}

static int rule(const char *name, int D)
{
    return sidle_rule_update_every(sidle_schedule_find(name), D);
}

TEST(flushed_schedules_idle_at_most_a_fifth)
{
    double most = 0.2 + 1e-9; /* the share is a quotient of doubles */

    for (int k = 0; k < 3; k++)
        for (int D = 1; D <= MOST_BLOCKS; D++) {
            int U = rule(flushed[k], D);

            assert_true(idle_share(flushed[k], D, U) <= most);
            if (U > 1)
                assert_true(idle_share(flushed[k], D, U - 1) > most);
        }
}

TEST(no_gradient_is_more_than_one_update_late)
{
    const char *const names[] = {"pipedream", "delayed"};

    for (int k = 0; k < 2; k++)
        for (int D = 1; D <= MOST_BLOCKS; D++) {
            int U = rule(names[k], D);
            sidle_plan plan = plan_of(names[k], D, U);

            assert_int_equal(U, D == 1 ? 1 : (k + 1) * (D - 1));
            assert_int_equal(staleness(names[k], D, U), D > 1);
            assert_true(sidle_plan_most_delay(&plan) == (D > 1));
            if (U > 1)
                assert_int_equal(staleness(names[k], D, U - 1), 2);
        }
}

TEST(others_update_at_each_item)
{
    const char *const names[] = {"backprop", "sideways", "sideways-1f1b"};

    for (int k = 0; k < 3; k++)
        for (int D = 1; D <= MOST_BLOCKS; D++)
            assert_int_equal(rule(names[k], D), 1);
}

TEST(the_largest_delay_is_that_of_the_first_block)
{
    sidle_plan plan = plan_of("delayed", 5, 3);

    assert_true(sidle_plan_most_delay(&plan) == 8.0 / 3.0);
    plan = plan_of("gpipe", 5, 3);
    assert_true(sidle_plan_most_delay(&plan) == 0.0);
}

TEST_MAIN

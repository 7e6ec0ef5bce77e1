/* test_plan.c - the table of schedules, and what follows from its rows. */
#include "check.h"

#include "schedule/plan.h"

#include <string.h>

static sidle_plan plan_of(const char *name, int n_blocks, int update_every,
                          int64_t steps)
{
    return (sidle_plan){.schedule = sidle_schedule_find(name),
                        .n_blocks = n_blocks,
                        .update_every = update_every,
                        .steps = steps};
}

TEST(rows_are_found_by_name)
{
    const char *const *names;
    int n = sidle_schedule_names(&names);

    for (int i = 0; i < n; i++)
        assert_string_equal(sidle_schedule_find(names[i])->name, names[i]);
    assert_string_equal(names[0], "backprop");
    assert_non_null(sidle_schedule_find("sideways"));
    assert_non_null(sidle_schedule_find("pipedream"));
    assert_null(sidle_schedule_find("sidewise"));
}

/* The table of the design, for D = 5 and U = 3: block 2 and block 5. */
TEST(head_starts_and_places_are_the_table)
{
    static const struct {
        const char *name;
        int head_start[2], slots[2], versions[2], stashes[2];
    } rows[] = {
        {"backprop", {0, 0}, {1, 1}, {1, 1}, {1, 1}},
        {"gpipe", {3, 3}, {3, 3}, {1, 1}, {1, 1}},
        {"1f1b", {3, 0}, {3, 1}, {1, 1}, {1, 1}},
        {"zero-bubble", {3, 0}, {3, 3}, {1, 1}, {2, 3}},
        {"sideways", {6, 0}, {1, 1}, {1, 1}, {1, 1}},
        {"sideways-1f1b", {3, 0}, {1, 1}, {1, 1}, {1, 1}},
        {"delayed", {6, 0}, {7, 1}, {1, 1}, {1, 1}},
        {"pipedream", {3, 0}, {4, 1}, {4, 1}, {1, 1}},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        sidle_plan plan = plan_of(rows[i].name, 5, 3, 20);

        for (int j = 0; j < 2; j++) {
            int block = j == 0 ? 2 : 5;

            assert_int_equal(sidle_plan_head_start(&plan, block),
                             rows[i].head_start[j]);
            assert_int_equal(sidle_plan_slots(&plan, block), rows[i].slots[j]);
            assert_int_equal(sidle_plan_versions(&plan, block),
                             rows[i].versions[j]);
            assert_int_equal(sidle_plan_stashes(&plan, block),
                             rows[i].stashes[j]);
        }
    }
}

/* Block i of five, an update every two items, and every item. */
TEST(a_delay_is_the_head_start_in_updates)
{
    static const char *const flushed[] = {"backprop", "gpipe", "1f1b",
                                          "zero-bubble"};

    for (int block = 1; block <= 5; block++) {
        sidle_plan plan = plan_of("pipedream", 5, 2, 20);

        assert_true(sidle_plan_delay(&plan, block) == (5 - block) / 2.0);
        plan.schedule = sidle_schedule_find("sideways");
        assert_true(sidle_plan_delay(&plan, block) == 5 - block);
        plan.update_every = 1;
        assert_true(sidle_plan_delay(&plan, block) == 2 * (5 - block));
        plan.update_every = 3;
        for (int i = 0; i < 4; i++) {
            plan.schedule = sidle_schedule_find(flushed[i]);
            assert_true(sidle_plan_delay(&plan, block) == 0.0);
        }
    }
}

static int64_t every_seven(void *context, int64_t from)
{
    (void)context;
    return (from - 1) / 7 * 7 + 8;
}

static void check_round(const sidle_plan *plan, int64_t item, int64_t first,
                        int64_t last, int is_settled)
{
    sidle_round s = sidle_plan_round(plan, item);

    assert_int_equal(s.first, first);
    assert_int_equal(s.last, last);
    assert_int_equal(s.is_settled, is_settled);
}

TEST(rounds_end_at_flushes_and_new_clips)
{
    sidle_plan plan = plan_of("sideways", 4, 2, 20);

    check_round(&plan, 13, 1, 20, 1);
    plan.next_clip = every_seven;
    check_round(&plan, 1, 1, 7, 1);
    check_round(&plan, 7, 1, 7, 1);
    check_round(&plan, 8, 8, 14, 1);
    check_round(&plan, 20, 15, 20, 1);
    plan.schedule = sidle_schedule_find("1f1b");
    check_round(&plan, 9, 8, 9, 0);
    check_round(&plan, 14, 14, 14, 1);
    plan.next_clip = NULL;
    check_round(&plan, 9, 9, 10, 0);
    check_round(&plan, 20, 19, 20, 1);
}

static int not_each_third(void *context, int64_t item)
{
    (void)context;
    return item % 3 != 0;
}

/* An update needs U gradients: items without one come on top of a round, so
 * that no weights change in its middle. */
TEST(items_without_a_gradient_do_not_fill_an_update)
{
    sidle_plan plan = plan_of("1f1b", 4, 4, 20);

    plan.counts = not_each_third;
    check_round(&plan, 1, 1, 5, 0); /* 1 2 4 5 */
    check_round(&plan, 5, 1, 5, 0);
    check_round(&plan, 6, 6, 11, 0); /* 7 8 10 11 */
    check_round(&plan, 14, 12, 17, 0);
    check_round(&plan, 18, 18, 20, 1);
    assert_int_equal(sidle_plan_slots(&plan, 1), 4);
    plan.next_clip = every_seven;
    check_round(&plan, 6, 6, 7, 1);
    check_round(&plan, 8, 8, 13, 0); /* 8 10 11 13 */
    plan.schedule = sidle_schedule_find("gpipe");
    assert_int_equal(sidle_plan_slots(&plan, 1), 5);
}

static void refuses(sidle_plan plan, const char *words)
{
    assert_int_equal(sidle_plan_check(&plan), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), words));
}

static void check_update(const sidle_plan *plan, int64_t item, int64_t from,
                         int64_t after)
{
    assert_int_equal(sidle_plan_update_from(plan, item), from);
    if (from <= plan->steps)
        assert_int_equal(sidle_plan_update_after(plan, from), after);
}

TEST(updates_begin_after_whole_ones)
{
    sidle_plan plan = plan_of("pipedream", 4, 3, 20);

    check_update(&plan, 1, 1, 4);
    check_update(&plan, 2, 4, 7);
    check_update(&plan, 19, 19, 21);
    check_update(&plan, 20, 21, 0);
    check_update(&plan, 25, 21, 0);
    plan.start = 4; /* the sums begin with it */
    check_update(&plan, 5, 5, 8);
    check_update(&plan, 6, 8, 11);
    /* flushed at every update, or at every item of one */
    plan = plan_of("1f1b", 4, 3, 20);
    check_update(&plan, 5, 7, 10);
    plan = plan_of("backprop", 4, 3, 20);
    check_update(&plan, 5, 7, 10);
    /* new clips end an update, too; items without a gradient do not count */
    plan = plan_of("gpipe", 4, 3, 20);
    plan.next_clip = every_seven;
    check_update(&plan, 6, 7, 8);
    check_update(&plan, 7, 7, 8);
    check_update(&plan, 8, 8, 11);
    plan = plan_of("1f1b", 4, 4, 20);
    plan.counts = not_each_third;
    check_update(&plan, 5, 6, 12);
    check_update(&plan, 6, 6, 12);
    plan = plan_of("gpipe", 4, 3, 21);
    plan.next_clip = every_seven;
    for (int k = 0; k < 4; k++) {
        const char *const names[] = {"pipedream", "sideways", "delayed",
                                     "backprop"};

        plan.schedule = sidle_schedule_find(names[k]);
        check_update(&plan, 4, 4, 7);
        check_update(&plan, 7, 7, 8);
        check_update(&plan, 8, 8, 11);
        check_update(&plan, 9, 11, 14);
        check_update(&plan, 13, 14, 15);
        check_update(&plan, 21, 21, 22);
        check_update(&plan, 22, 22, 0);
    }
}

/* Evaluations only: no slot and no stash of training, and no gradient. */
TEST(a_forward_plan_is_its_evaluations)
{
    sidle_plan plan = plan_of("zero-bubble", 3, 2, 1);

    plan.start = 1;
    plan.is_forward = 1;
    plan.eval_every = 1;
    plan.eval_items = 5;
    assert_int_equal(sidle_plan_check(&plan), SIDLE_OK);
    for (int block = 1; block <= 3; block++) {
        int64_t count[SIDLE_OP_END + 1] = {0};
        sidle_cursor cursor;
        sidle_instr instr;

        assert_int_equal(sidle_plan_slots(&plan, block), 0);
        assert_int_equal(sidle_plan_stashes(&plan, block), 0);
        sidle_cursor_init(&cursor, &plan, block);
        do {
            instr = sidle_cursor_next(&cursor);
            count[instr.op]++;
            assert_int_equal(instr.slot, 0); /* the only one */
            assert_true(instr.is_eval || instr.op == SIDLE_OP_END);
            if (instr.op == SIDLE_OP_FORWARD)
                assert_int_equal(instr.item, count[SIDLE_OP_FORWARD]);
        } while (instr.op != SIDLE_OP_END);
        assert_int_equal(count[SIDLE_OP_LOAD], block == 1 ? 5 : 0);
        assert_int_equal(count[SIDLE_OP_RECV_ACT], block > 1 ? 5 : 0);
        assert_int_equal(count[SIDLE_OP_FORWARD], 5);
        assert_int_equal(count[SIDLE_OP_SEND_ACT], block < 3 ? 5 : 0);
    }
    plan.steps = 3;
    refuses(plan, "2 items to train in a plan of evaluations only");
}

TEST(numbers_that_make_no_plan_are_refused)
{
    sidle_plan good = plan_of("sideways", 4, 2, 20), bad = good;

    assert_int_equal(sidle_plan_check(&good), SIDLE_OK);
    bad.schedule = NULL;
    refuses(bad, "no schedule");
    bad = good;
    bad.n_blocks = 0;
    refuses(bad, "0 blocks");
    bad = good;
    bad.update_every = 0;
    refuses(bad, "every 0 items");
    bad = good;
    bad.steps = -1;
    refuses(bad, "-1 steps");
    bad = good;
    bad.eval_every = -5;
    refuses(bad, "-5");
    bad = good;
    bad.eval_items = -5;
    refuses(bad, "-5");
    bad = good;
    bad.start = -1;
    refuses(bad, "after item -1 of 20");
    bad.start = 21;
    refuses(bad, "after item 21 of 20");
    bad = good;
    bad.sums_norms = 1;
    refuses(bad, "never flushed");
}

TEST_MAIN

/* test_print.c - the picture of a small plan. */
#include "check.h"

#include "schedule/print.h"

#include <stdlib.h>

static void check_picture(const char *name, const int *worker,
                          const char *expected)
{
    sidle_plan plan = {.schedule = sidle_schedule_find(name),
                       .n_blocks = 2,
                       .update_every = 1,
                       .steps = 3,
                       .eval_every = 3,
                       .eval_items = 1};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_non_null(stream);
    assert_int_equal(sidle_plan_print(&plan, worker, stream), SIDLE_OK);
    assert_int_equal(fclose(stream), 0);
    assert_string_equal(text, expected);
    free(text);
}

TEST(who_works_on_what_when)
{
    check_picture("backprop", NULL,
                  "block  1  F1 .  .  B1 W1 F2 .  .  B2 W2 F3 .  .  B3 W3 E1 ."
                  "   idle 0.41\n"
                  "block  2  .  F1 B1 W1 .  .  F2 B2 W2 .  .  F3 B3 W3 .  .  E1"
                  "  idle 0.41\n");
    check_picture("sideways", NULL,
                  "block  1  F1 F2 F3 B1 W1 .  R2 B2 W2 R3 B3 W3 "
                  "E1 .   idle 0.14\n"
                  "block  2  .  F1 B1 W1 F2 B2 W2 F3 B3 W3 .  .  "
                  ".  E1  idle 0.29\n");
}

/* One worker: no column has two boxes, none has none. */
TEST(a_worker_of_two_blocks_does_one_thing_at_a_time)
{
    static const int together[] = {0, 0};

    check_picture(
        "1f1b", together,
        "block  1  F1 .  .  .  B1 W1 F2 .  .  .  B2 W2 F3 .  .  .  B3 W3 E1 ."
        "   idle 0.50\n"
        "block  2  .  F1 B1 W1 .  .  .  F2 B2 W2 .  .  .  F3 B3 W3 .  .  .  E1"
        "  idle 0.50\n");
}

TEST(no_plan_no_picture)
{
    sidle_plan plan = {.n_blocks = 2, .update_every = 1, .steps = 3};

    assert_int_equal(sidle_plan_print(&plan, NULL, stderr), SIDLE_EUSAGE);
}

TEST_MAIN

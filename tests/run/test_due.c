/* test_due.c - when a checkpoint is due, and when one that failed is tried
 * again. */
#include "check.h"

#include "run/due.h"

TEST(every_so_many_items_and_at_the_end)
{
    sidle_due due;
    int64_t asked[8];
    int n = 0;

    sidle_due_init(&due, 25, 10, 0, 100.0);
    for (int64_t item = 1; item <= 25; item++)
        if (sidle_due_at(&due, item, 1e6 * (double)item))
            asked[n++] = item;
    assert_int_equal(n, 3);
    assert_true(asked[0] == 10 && asked[1] == 20 && asked[2] == 25);
}

TEST(after_so_many_minutes)
{
    sidle_due due;

    sidle_due_init(&due, 1000, 0, 2, 100.0);
    assert_false(sidle_due_at(&due, 1, 219.9));
    assert_true(sidle_due_at(&due, 2, 220.0));
    assert_false(sidle_due_at(&due, 3, 339.9));
    assert_true(sidle_due_at(&due, 4, 341.0));
    sidle_due_init(&due, 1000, 0, 0, 100.0);
    assert_false(sidle_due_at(&due, 999, 1e9));
}

/* One of any kind begins the minutes anew. */
TEST(minutes_count_from_the_last_one)
{
    sidle_due due;

    sidle_due_init(&due, 1000, 50, 1, 0.0);
    assert_true(sidle_due_at(&due, 50, 40.0));
    assert_false(sidle_due_at(&due, 51, 70.0));
    assert_true(sidle_due_at(&due, 52, 100.0));
}

TEST(a_failed_one_is_tried_again_ever_later)
{
    static const double pauses[] = {10, 20, 40, 80, 160, 320, 600, 600, 600};
    sidle_due due;
    double now = 0.0;

    sidle_due_init(&due, 1000000, 100, 0, now);
    assert_true(sidle_due_at(&due, 100, now));
    for (int i = 0; i < 9; i++) {
        double pause = sidle_due_done(&due, 0, now);

        assert_true(pause == pauses[i]);
        assert_false(sidle_due_at(&due, 101, now + 0.99 * pause));
        now += pause;
        assert_true(sidle_due_at(&due, 102, now));
        /* Asked for, not yet done. */
        assert_false(sidle_due_at(&due, 103, now + 1000.0));
    }
    assert_true(sidle_due_done(&due, 1, now) == 0.0);
    assert_false(sidle_due_at(&due, 104, now + 1e6));
    assert_true(sidle_due_done(&due, 0, now) == 10.0);
}

/* The regular one comes first and is as good as a retry. */
TEST(a_regular_one_takes_the_place_of_a_retry)
{
    sidle_due due;

    sidle_due_init(&due, 1000, 10, 0, 0.0);
    assert_true(sidle_due_at(&due, 10, 0.0));
    sidle_due_done(&due, 0, 0.0);
    assert_true(sidle_due_at(&due, 20, 3.0));
    sidle_due_done(&due, 1, 4.0);
    assert_false(sidle_due_at(&due, 21, 50.0));
}

/* A disk that is full for many regular ones is looked at as soon as after one.
 */
TEST(regular_failures_make_no_pause_longer)
{
    sidle_due due;

    sidle_due_init(&due, 1000, 10, 0, 0.0);
    for (int i = 1; i < 10; i++) {
        assert_true(sidle_due_at(&due, 10 * i, (double)i));
        assert_true(sidle_due_done(&due, 0, (double)i) == 10.0);
    }
    assert_false(sidle_due_at(&due, 91, 18.9));
    assert_true(sidle_due_at(&due, 92, 19.0));
    assert_true(sidle_due_done(&due, 0, 19.0) == 20.0);
}

TEST_MAIN

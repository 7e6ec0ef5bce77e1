/* test_walk.c - rows that walk through clips, beside a walk step by step. */
#include "check.h"

#include "data/walk.h"

#include <string.h>

/* A sanitizer that is refused memory says so, as the C library does. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

enum { MAX_CLIPS = 40, MAX_ROWS = 13, ITEMS = 200 };

static int64_t steps_of(const void *context, int64_t clip)
{
    return ((const int64_t *)context)[clip];
}

/* One row, walked on item by item. */
typedef struct walker {
    int64_t clip, step, left;
} walker;

/* To the next clip that has a step: itself, if it stands in one. */
static void settle(walker *w, const int64_t *steps, int64_t n_clips,
                   int64_t all_rows)
{
    while (w->step >= steps[w->clip]) {
        w->clip = (w->clip + all_rows) % n_clips;
        w->step = 0;
        w->left++;
    }
}

static int has_steps(int64_t row, const int64_t *steps, int64_t n_clips,
                     int64_t all_rows)
{
    for (int64_t i = 0; i < n_clips; i++)
        if (steps[(row + i * all_rows) % n_clips] > 0)
            return 1;
    return 0;
}

static void check_row(const sidle_walk *walk, int64_t row, const int64_t *steps)
{
    walker w = {.clip = row % walk->n_clips};

    for (int64_t item = 1; item <= ITEMS; item++, w.step++) {
        sidle_stand at = sidle_walk_at(walk, item, row);
        int64_t clips[MAX_ROWS];

        settle(&w, steps, walk->n_clips, walk->all_rows);
        assert_int_equal(at.clip, w.clip);
        assert_int_equal(at.step, w.step);
        assert_int_equal(at.left, w.left);
        sidle_walk_clips(walk, item, clips);
        assert_int_equal(clips[row], w.left);
    }
}

static void check_walk(int64_t n_clips, int64_t all_rows, const int64_t *steps)
{
    sidle_walk walk;

    assert_int_equal(sidle_walk_init(&walk, n_clips, all_rows, steps_of, steps),
                     SIDLE_OK);
    for (int64_t row = 0; row < all_rows; row++)
        if (has_steps(row, steps, n_clips, all_rows))
            check_row(&walk, row, steps);
        else
            assert_int_equal(sidle_walk_at(&walk, 7, row).clip, -1);
    sidle_walk_done(&walk);
}

TEST(rows_go_through_every_rth_clip)
{
    sidle_rng rng = {5, sidle_rng_stream("walks", 0)};
    int64_t steps[MAX_CLIPS];
    uint64_t draw = 0;

    for (int round = 0; round < 60; round++) {
        int64_t n_clips = 1 + (int64_t)sidle_rng_below(rng, draw++, MAX_CLIPS);
        int64_t rows = 1 + (int64_t)sidle_rng_below(rng, draw++, MAX_ROWS);

        /* Also clips without a step: none, some, many. */
        for (int64_t i = 0; i < n_clips; i++)
            steps[i] = (int64_t)sidle_rng_below(rng, draw++,
                                                (uint64_t)(1 + round % 9));
        check_walk(n_clips, rows, steps);
    }
}

TEST(a_clip_that_follows_itself_is_left_each_time)
{
    static const int64_t steps[] = {3};
    sidle_walk walk;

    assert_int_equal(sidle_walk_init(&walk, 1, 2, steps_of, steps), SIDLE_OK);
    for (int64_t item = 1; item <= 10; item++) {
        sidle_stand at = sidle_walk_at(&walk, item, 1);

        assert_int_equal(at.clip, 0);
        assert_int_equal(at.step, (item - 1) % 3);
        assert_int_equal(at.left, (item - 1) / 3);
    }
    sidle_walk_done(&walk);
}

TEST(too_many_rows_are_an_answer)
{
    static const int64_t steps[] = {3};
    sidle_walk walk;

    assert_int_equal(sidle_walk_init(&walk, 1, INT64_MAX / 16, steps_of, steps),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "data.batch"));
}

TEST_MAIN

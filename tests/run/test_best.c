/* test_best.c - the least loss of a run's evaluations: counted, saved, read. */
#include "check.h"
#include "io/scratch.h"

#include "run/best.h"

#include <math.h>

TEST(what_is_not_better_is_counted)
{
    sidle_best best = {0};

    assert_false(sidle_best_take(&best, 2, 10, (double)NAN));
    assert_int_equal(best.since, 1);
    assert_true(sidle_best_take(&best, 2, 20, 3.0));
    assert_int_equal(best.item, 20);
    assert_int_equal(best.since, 0);
    assert_false(sidle_best_take(&best, 2, 30, 3.0));
    assert_false(sidle_best_take(&best, 2, 40, INFINITY));
    assert_int_equal(best.enough, 40);
    assert_false(sidle_best_take(&best, 2, 50, 4.0));
    assert_int_equal(best.enough, 40); /* the first one decides */
    assert_int_equal(best.item, 20);
    sidle_best_begin_again(&best);
    assert_int_equal(best.since + best.enough + best.is_over, 0);
    assert_true(best.loss == 3.0);
    for (int64_t item = 60; item < 200; item += 10)
        assert_false(sidle_best_take(&best, 0, item, 5.0));
    assert_int_equal(best.enough, 0);
    assert_true(sidle_best_take(&best, 0, 200, 1.0));
}

/* A checkpoint of step 50 that holds `best`, and what is read of it. */
static sidle_status pass(const scratch *s, sidle_best best, int n_arrays,
                         sidle_best *back)
{
    sidle_ckpt_info info = {.step = 50, .format_version = 1};
    sidle_array arrays[SIDLE_BEST_ARRAYS];
    sidle_ckpt *ckpt;
    sidle_status status;

    sidle_best_list(&best, arrays);
    assert_int_equal(sidle_ckpt_save(NULL, s->folder, "a.h5", &info, "a: b",
                                     arrays, n_arrays),
                     SIDLE_OK);
    assert_int_equal(sidle_ckpt_open(scratch_path(s, "a.h5"), &ckpt), SIDLE_OK);
    status = sidle_best_read(ckpt, info.step, back);
    sidle_ckpt_close(ckpt);
    return status;
}

TEST(a_checkpoint_gives_it_back)
{
    scratch s = scratch_new();
    const sidle_best best = {2.5, 20, 3, 40, 1};
    sidle_best back;

    assert_int_equal(pass(&s, best, SIDLE_BEST_ARRAYS, &back), SIDLE_OK);
    assert_memory_equal(&back, &best, sizeof(best));
    /* one of an older program, or without evaluations */
    assert_int_equal(pass(&s, best, 0, &back), SIDLE_OK);
    assert_int_equal(back.item, 0);
    scratch_done(&s);
}

TEST(numbers_that_no_run_writes_are_named)
{
    static const struct {
        sidle_best best;
        const char *name;
    } wrong[] = {{{(double)NAN, 20, 3, 40, 1}, "best_loss is nan"},
                 {{2.5, 51, 3, 40, 1}, "best_item is 51, expected 0 to 50"},
                 {{2.5, -1, 3, 40, 1}, "best_item is -1"},
                 {{2.5, 20, INT64_MAX, 40, 1}, "since_best is"},
                 {{2.5, 20, 3, INT64_MIN, 1}, "enough_after is"},
                 {{2.5, 20, 3, 51, 1}, "enough_after is 51"},
                 {{2.5, 20, 3, 40, 2}, "is_over is 2, expected 0 to 1"}};
    scratch s = scratch_new();
    sidle_best back;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        assert_int_equal(pass(&s, wrong[i].best, SIDLE_BEST_ARRAYS, &back),
                         SIDLE_EDATA);
        assert_non_null(strstr(sidle_fail_text(), wrong[i].name));
    }
    scratch_done(&s);
}

TEST_MAIN

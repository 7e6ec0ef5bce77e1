/* test_deadline.c - a run stops in time before the job's end, and when that is
 * follows from what items and saves took. */
#include "check.h"

#include "base/clock.h"
#include "run/deadline.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* A run of 3 blocks in a job that has so many seconds left. */
static sidle_deadline in_a_job(int left)
{
    sidle_deadline d;
    char text[32];

    snprintf(text, sizeof(text), "%lld", (long long)time(NULL) + left);
    setenv("SLURM_JOB_END_TIME", text, 1);
    sidle_deadline_init(&d, 3, 7.0);
    return d;
}

TEST(without_a_job_there_is_no_end)
{
    sidle_deadline d;

    unsetenv("SLURM_JOB_END_TIME");
    sidle_deadline_init(&d, 3, 7.0);
    assert_true(isinf(d.end));
    assert_false(sidle_deadline_is_near(&d, 1e12));
}

TEST(nonsense_and_the_past_are_no_end)
{
    sidle_deadline d = in_a_job(-5);

    assert_true(isinf(d.end));
    setenv("SLURM_JOB_END_TIME", "soon", 1);
    sidle_deadline_init(&d, 3, 7.0);
    assert_true(isinf(d.end));
    setenv("SLURM_JOB_END_TIME", "", 1);
    sidle_deadline_init(&d, 3, 7.0);
    assert_true(isinf(d.end));
}

TEST(the_end_is_that_of_the_job)
{
    sidle_deadline d = in_a_job(1000);

    assert_true(fabs(d.end - sidle_now() - 1000.0) < 5.0);
}

/* Items of 1 s, one of 4; a save guessed at 7 s, then of 9, 2 and 11. */
TEST(the_margin_is_what_a_stop_may_take)
{
    sidle_deadline d = in_a_job(1000);
    double now = 100.0;

    d.end = 1100.0;
    assert_true(sidle_deadline_margin(&d) == 30.0 + 2.0 * 7.0);
    for (int i = 0; i < 4; i++)
        assert_false(sidle_deadline_is_near(&d, now += 1.0));
    assert_true(sidle_deadline_margin(&d) == 30.0 + 14.0 + 1.0 + 6.0);
    assert_false(sidle_deadline_is_near(&d, now += 5.0));
    assert_true(sidle_deadline_margin(&d) == 30.0 + 14.0 + 5.0 + 12.0);
    sidle_deadline_saved(&d, 2.0);
    sidle_deadline_saved(&d, 11.0);
    sidle_deadline_saved(&d, 9.0);
    assert_true(sidle_deadline_margin(&d) == 30.0 + 22.0 + 5.0 + 12.0);
}

TEST(it_is_near_when_the_margin_does_not_fit)
{
    sidle_deadline d = in_a_job(1000);

    d.end = 1000.0;
    assert_false(sidle_deadline_is_near(&d, 1000.0 - 44.1));
    d.longest = 0.0;
    d.n_looks = 0;
    assert_true(sidle_deadline_is_near(&d, 1000.0 - 43.9));
}

TEST(a_run_without_time_for_an_item_does_not_begin)
{
    sidle_deadline d = in_a_job(1000);

    d.end = 1000.0;
    assert_int_equal(sidle_deadline_check(&d, 1000.0 - 44.1), SIDLE_OK);
    assert_int_equal(sidle_deadline_check(&d, 1000.0 - 43.9), SIDLE_EUSAGE);
    d.end = HUGE_VAL;
    assert_int_equal(sidle_deadline_check(&d, 1e12), SIDLE_OK);
}

/* The time for what follows a run is a fifth of a short limit. */
TEST(of_a_short_limit_a_fifth_is_kept)
{
    sidle_deadline d = in_a_job(100);
    char text[32];

    for (int limit = 50; limit <= 200; limit += 50) {
        snprintf(text, sizeof(text), "%lld", (long long)time(NULL) - 1000);
        setenv("SLURM_JOB_START_TIME", text, 1);
        d = in_a_job(100);
        assert_true(sidle_deadline_margin(&d) == 30.0 + 14.0);
        snprintf(text, sizeof(text), "%lld",
                 (long long)atoll(getenv("SLURM_JOB_END_TIME")) - limit);
        setenv("SLURM_JOB_START_TIME", text, 1);
        sidle_deadline_init(&d, 3, 7.0);
        assert_true(sidle_deadline_margin(&d) ==
                    14.0 + fmin(30.0, limit / 5.0));
    }
    /* nonsense, and a start behind the end */
    setenv("SLURM_JOB_START_TIME", "N/A", 1);
    sidle_deadline_init(&d, 3, 7.0);
    assert_true(sidle_deadline_margin(&d) == 30.0 + 14.0);
    setenv("SLURM_JOB_START_TIME", getenv("SLURM_JOB_END_TIME"), 1);
    sidle_deadline_init(&d, 3, 7.0);
    assert_true(sidle_deadline_margin(&d) == 30.0 + 14.0);
    unsetenv("SLURM_JOB_START_TIME");
}

TEST_MAIN

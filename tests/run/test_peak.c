/* test_peak.c - a share of the peak is never above 1, and what beats the first
 * look becomes the peak. */
#include "check.h"

#include "run/peak.h"

TEST(no_share_is_above_one)
{
    sidle_peak peak = {.best = 100.0, .cores = 1.0};

    assert_true(sidle_peak_share(&peak, 25.0, 5.0) == 0.25);
    /* two reports at once: no rate of the processor's */
    assert_true(sidle_peak_share(&peak, 511.0, 0.001) == 1.0);
    assert_true(peak.best == 100.0);
    /* the first look was on a busy machine */
    assert_true(sidle_peak_share(&peak, 200.0, 5.0) == 1.0);
    assert_true(peak.best == 200.0);
    assert_true(sidle_peak_share(&peak, 100.0, 5.0) == 0.5);
}

TEST(a_later_look_finds_the_peak)
{
    sidle_peak peak = {.best = 1.0, .cores = 2.0, .looked = -1e9}, soon;

    sidle_peak_look(&peak);
    assert_true(peak.best > 1e6);
    soon = peak;
    soon.best = 1.0;
    sidle_peak_look(&soon); /* not twice in ten seconds */
    assert_true(soon.best == 1.0);
    peak.best = 1e30;
    peak.looked = -1e9;
    sidle_peak_look(&peak);
    assert_true(peak.best == 1e30);
}

TEST_MAIN

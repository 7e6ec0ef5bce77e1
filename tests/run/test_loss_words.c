/* test_loss_words.c - a loss in words: classes have bits and an accuracy, real
 * numbers have their unit. */
#include "check.h"

#include "run/loss_words.h"

#include <math.h>

static const sidle_loss_kind classes = {.unit = "nats a target",
                                        .has_classes = 1};
static const sidle_loss_kind reals = {.unit = "squared error a target"};

static void check(const sidle_loss_kind *kind, const char *more,
                  const char *expected)
{
    char words[128];

    sidle_loss_print(kind, 0.6931471805599453, 0.25, more, words,
                     sizeof(words));
    assert_string_equal(words, expected);
}

TEST(a_loss_of_classes_has_bits_and_an_accuracy)
{
    check(&classes, "", "0.6931 (1.0000 bits, accuracy 0.2500)");
    check(&classes, "all 9", "0.6931 (1.0000 bits, accuracy 0.2500, all 9)");
    assert_true(fabs(sidle_loss_bits(&classes, log(8.0)) - 3.0) < 1e-12);
    assert_true(sidle_loss_accuracy(&classes, 1, 4) == 0.25);
}

TEST(a_loss_of_reals_has_its_unit_only)
{
    check(&reals, "", "0.6931 squared error a target");
    check(&reals, "all 9", "0.6931 squared error a target (all 9)");
    assert_true(isnan(sidle_loss_bits(&reals, 1.0)));
    assert_true(isnan(sidle_loss_accuracy(&reals, 0, 4)));
}

static void check_clips(int64_t n, int64_t n_correct, const char *expected)
{
    const sidle_clip_counts clips = {n, n_correct};
    char words[64];

    sidle_loss_print_clips(&clips, words, sizeof(words));
    assert_string_equal(words, expected);
}

TEST(clips_are_told_if_there_are_any)
{
    check_clips(0, 0, "");
    check_clips(1, 1, "clip accuracy 1.0000 of 1 clip");
    check_clips(8, 3, "clip accuracy 0.3750 of 8 clips");
}

TEST_MAIN

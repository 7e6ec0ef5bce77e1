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

TEST_MAIN

/* test_text.c - numbers and the nearest right word. */
#include "check.h"

#include "base/text.h"

static void test_numbers_are_read_whole(void **state)
{
    int64_t i = 0;
    double d = 0.0;

    (void)state;
    assert_true(sidle_text_int("-12", &i) && i == -12);
    assert_false(sidle_text_int("12x", &i));
    assert_false(sidle_text_int("", &i));
    assert_false(sidle_text_int("99999999999999999999", &i));
    assert_true(sidle_text_real("3e-4", &d) && d == 3e-4);
    assert_false(sidle_text_real("nan", &d));
    assert_false(sidle_text_real("1.0.0", &d));
}

static void test_the_nearest_word_is_found(void **state)
{
    const char *const words[] = {"optim.lr", "optim.kind", "run.steps"};

    (void)state;
    assert_string_equal(sidle_text_nearest("optim.1r", words, 3), "optim.lr");
    assert_string_equal(sidle_text_nearest("run.step", words, 3), "run.steps");
    assert_null(sidle_text_nearest("elephant", words, 3));
    assert_int_equal(sidle_text_distance("kitten", "sitting"), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers_are_read_whole),
        cmocka_unit_test(test_the_nearest_word_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

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

static void test_a_line_has_what_fits(void **state)
{
    const char *const words[] = {"step 20/400", "loss 2.5", "", "a long word",
                                 "x"};
    char line[64], few[16];

    (void)state;
    sidle_text_line(words, 5, 200, line, sizeof(line));
    assert_string_equal(line, "step 20/400  loss 2.5  a long word  x");
    sidle_text_line(words, 5, 21, line, sizeof(line));
    assert_string_equal(line, "step 20/400  loss 2.5");
    sidle_text_line(words, 5, 24, line, sizeof(line));
    assert_string_equal(line, "step 20/400  loss 2.5");
    sidle_text_line(words, 5, 20, line, sizeof(line));
    assert_string_equal(line, "step 20/400");
    sidle_text_line(words, 5, 6, line, sizeof(line));
    assert_string_equal(line, "step 2");
    sidle_text_line(words, 5, 200, few, sizeof(few));
    assert_string_equal(few, "step 20/400");
}

static void test_characters_are_counted_not_bytes(void **state)
{
    char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";

    (void)state;
    assert_int_equal(sidle_text_columns(text), 5);
    sidle_text_cut(text, 5);
    assert_int_equal(sidle_text_columns(text), 5);
    sidle_text_cut(text, 3);
    assert_string_equal(text, "a\xc3\xa4\xe2\x82\xac");
    sidle_text_cut(text, 0);
    assert_string_equal(text, "");
    assert_int_equal(sidle_text_columns("\x80\x80"), 1);
}

static void test_times_and_plurals_are_words(void **state)
{
    const struct {
        double seconds;
        const char *words;
    } cases[] = {{0.0, "0s"},      {0.254, "0.25s"},  {12.4, "12s"},
                 {200.0, "3m20s"}, {3725.0, "1h02m"}, {187200.0, "2d04h"},
                 {1.0 / 0.0, "?"}};
    char out[32];

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sidle_text_duration(cases[i].seconds, out, sizeof(out));
        assert_string_equal(out, cases[i].words);
    }
    assert_string_equal(sidle_plural(1), "");
    assert_string_equal(sidle_plural(0), "s");
    assert_string_equal(sidle_plural(2), "s");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_line_has_what_fits),
        cmocka_unit_test(test_characters_are_counted_not_bytes),
        cmocka_unit_test(test_times_and_plurals_are_words),
        cmocka_unit_test(test_numbers_are_read_whole),
        cmocka_unit_test(test_the_nearest_word_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

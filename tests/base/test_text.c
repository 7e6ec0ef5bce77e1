/* test_text.c - numbers and the nearest right word. */
#include "check.h"

#include "base/text.h"

TEST(numbers_are_read_whole)
{
    int64_t i = 0;
    double d = 0.0;

    assert_true(sidle_text_int("-12", &i) && i == -12);
    assert_false(sidle_text_int("12x", &i));
    assert_false(sidle_text_int("", &i));
    assert_false(sidle_text_int("99999999999999999999", &i));
    assert_true(sidle_text_real("3e-4", &d) && d == 3e-4);
    assert_false(sidle_text_real("nan", &d));
    assert_false(sidle_text_real("1.0.0", &d));
}

TEST(whole_numbers_may_have_an_exponent)
{
    static const struct {
        const char *text;
        int64_t value;
    } right[] = {{"7", 7},
                 {"1e6", 1000000},
                 {"1E+6", 1000000},
                 {"-2.5e3", -2500},
                 {"2.0", 2},
                 {"1.", 1},
                 {".5e1", 5},
                 {"1200e-2", 12},
                 {"0e999", 0},
                 {"0.000", 0},
                 {"1.0000000000000000000000000e2", 100},
                 {"9.99999999999999e14", 999999999999999},
                 {"9223372036854775807", INT64_MAX},
                 {"9223372036854775.807e3", INT64_MAX},
                 {"0x1F", 31},
                 {"0o17", 15},
                 {"017", 17}};
    static const char *const wrong[] = {"",
                                        "1.5",
                                        "1.5e0",
                                        "1e",
                                        "1e+",
                                        "e6",
                                        ".",
                                        "1e 6",
                                        "1e6 ",
                                        "1e6x",
                                        "1e-1",
                                        "0x",
                                        "0xg",
                                        "0o8",
                                        "-0x1",
                                        "1e19",
                                        "1e999999999999999999999",
                                        "9223372036854775808",
                                        "inf",
                                        "1e6.0",
                                        "1_000",
                                        "0x8000000000000000",
                                        "--1",
                                        "1..0"};
    int64_t value;

    for (size_t i = 0; i < sizeof(right) / sizeof(right[0]); i++)
        if (!sidle_text_whole(right[i].text, &value) || value != right[i].value)
            fail_msg("'%s' is read as %lld", right[i].text, (long long)value);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        if (sidle_text_whole(wrong[i], &value))
            fail_msg("'%s' is read as %lld", wrong[i], (long long)value);
}

TEST(the_nearest_word_is_found)
{
    const char *const words[] = {"optim.lr", "optim.kind", "run.steps"};

    assert_string_equal(sidle_text_nearest("optim.1r", words, 3), "optim.lr");
    assert_string_equal(sidle_text_nearest("run.step", words, 3), "run.steps");
    assert_null(sidle_text_nearest("elephant", words, 3));
    assert_int_equal(sidle_text_distance("kitten", "sitting"), 3);
}

TEST(a_line_has_what_fits)
{
    const char *const words[] = {"step 20/400", "loss 2.5", "", "a long word",
                                 "x"};
    char line[64], few[16];

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

TEST(characters_are_counted_not_bytes)
{
    char text[] = "a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80z";

    assert_int_equal(sidle_text_columns(text), 5);
    sidle_text_cut(text, 5);
    assert_int_equal(sidle_text_columns(text), 5);
    sidle_text_cut(text, 3);
    assert_string_equal(text, "a\xc3\xa4\xe2\x82\xac");
    sidle_text_cut(text, 0);
    assert_string_equal(text, "");
    assert_int_equal(sidle_text_columns("\x80\x80"), 1);
}

TEST(times_and_plurals_are_words)
{
    const struct {
        double seconds;
        const char *words;
    } cases[] = {{0.0, "0s"},      {0.254, "0.25s"},  {12.4, "12s"},
                 {200.0, "3m20s"}, {3725.0, "1h02m"}, {187200.0, "2d04h"},
                 {1.0 / 0.0, "?"}};
    char out[32];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        sidle_text_duration(cases[i].seconds, out, sizeof(out));
        assert_string_equal(out, cases[i].words);
    }
    assert_string_equal(sidle_plural(1), "");
    assert_string_equal(sidle_plural(0), "s");
    assert_string_equal(sidle_plural(2), "s");
}

TEST_MAIN

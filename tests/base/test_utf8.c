/* test_utf8.c - what is text, at every edge. */
#include "check.h"

#include "base/status.h"
#include "base/utf8.h"

#include <string.h>

TEST(text_is_text)
{
    static const char *const texts[] = {"",
                                        "a ~",
                                        "\xc2\xa0",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbd",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbd"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(sidle_not_text(texts[i], strlen(texts[i]), ""),
                         strlen(texts[i]));
    assert_int_equal(sidle_not_text("a\tb\nc", 5, "\n\t"), 5);
}

TEST(what_is_no_text_is_found)
{
    static const char *const wrong[] = {"\x1f",
                                        "\x7f",
                                        "\x80",
                                        "\xc1\xbf",
                                        "\xc2",
                                        "\xc2\x41",
                                        "\xc2\x85",
                                        "\xe0\x9f\xbf",
                                        "\xed\xa0\x80",
                                        "\xed\xbf\xbf",
                                        "\xef\xbb\xbf",
                                        "\xef\xbf\xbe",
                                        "\xef\xbf\xbf",
                                        "\xe2\x80\xa8",
                                        "\xe2\x80\xa9",
                                        "\xe2\x82",
                                        "\xf0\x8f\xbf\xbf",
                                        "\xf4\x90\x80\x80",
                                        "\xf8\x88\x80\x80\x80",
                                        "\t"};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[16] = "ab";

        strcat(text, wrong[i]);
        if (sidle_not_text(text, strlen(text), "\n") != 2)
            fail_msg("number %zu is taken for text", i);
    }
    assert_int_equal(sidle_not_text("a\0b", 3, "\n"), 1);
    assert_int_equal(sidle_not_text("\xe2\x82\xac", 2, ""), 0);
}

/* ---- what people get to see */

TEST(what_is_no_text_is_shown_as_a_number)
{
    static const char *const pairs[][2] = {
        {"a name, \xc3\xa9", "a name, \xc3\xa9"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"a\nb\tc\rd", "a\\nb\\tc\\rd"},
        {"\x07\x08\x7f", "\\x07\\x08\\x7f"},
        {"\xff\xc3(\xe2\x82", "\\xff\\xc3(\\xe2\\x82"},
        {"\xc2\x9b"
         "1m",
         "\\xc2\\x9b1m"},
        {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"}};
    char out[64];

    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        sidle_show_text(pairs[i][0], 0, out, sizeof(out));
        assert_string_equal(out, pairs[i][1]);
        assert_string_equal(sidle_shown(pairs[i][0]), pairs[i][1]);
    }
    sidle_show_text("a\nb\rc", 1, out, sizeof(out));
    assert_string_equal(out, "a\nb\\rc");
}

TEST(what_does_not_fit_is_cut_between_characters)
{
    char out[8];

    sidle_show_text("abcdef\xc3\xa9", 0, out, sizeof(out));
    assert_string_equal(out, "abcdef");
    sidle_show_text("abcd\x1b", 0, out, sizeof(out));
    assert_string_equal(out, "abcd");
    sidle_show_text("", 0, out, sizeof(out));
    assert_string_equal(out, "");
}

/* A name that would write a line of its own into the log. */
TEST(a_failure_keeps_the_lines_of_its_format_only)
{
    const char *name = "x\nfinished: \x1b[2Jall is well";

    sidle_fail(SIDLE_EIO, "'%s' is gone", name);
    assert_string_equal(sidle_fail_text(),
                        "'x\\nfinished: \\x1b[2Jall is well' is gone");
    sidle_fail(SIDLE_EIO, "write:\n%s", "a line");
    sidle_fail_in(SIDLE_EIO, "'%s'", "a\nb");
    assert_string_equal(sidle_fail_text(), "'a\\nb': write:\na line");
    sidle_fail(SIDLE_EIO, "%s", sidle_fail_text());
    assert_string_equal(sidle_fail_text(), "'a\\nb': write:\na line");
}

TEST(a_long_failure_ends_with_a_whole_character)
{
    char name[4000];
    size_t n;

    for (size_t i = 0; i + 3 < sizeof(name); i += 3)
        memcpy(name + i, "\xe2\x82\xac", 4);
    for (int blanks = 0; blanks < 4; blanks++) {
        sidle_fail(SIDLE_EIO, "%*s%s", blanks, "", name);
        n = strlen(sidle_fail_text());
        assert_true(n > 2000);
        assert_int_equal(sidle_not_text(sidle_fail_text(), n, ""), n);
        assert_null(strchr(sidle_fail_text(), '\\'));
    }
}

TEST_MAIN

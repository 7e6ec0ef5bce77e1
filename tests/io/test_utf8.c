/* test_utf8.c - what is text, at every edge. */
#include "check.h"

#include "io/utf8.h"

#include <string.h>

static void test_text_is_text(void **state)
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

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_int_equal(sidle_not_text(texts[i], strlen(texts[i]), ""),
                         strlen(texts[i]));
    assert_int_equal(sidle_not_text("a\tb\nc", 5, "\n\t"), 5);
}

static void test_what_is_no_text_is_found(void **state)
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

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        char text[16] = "ab";

        strcat(text, wrong[i]);
        if (sidle_not_text(text, strlen(text), "\n") != 2)
            fail_msg("number %zu is taken for text", i);
    }
    assert_int_equal(sidle_not_text("a\0b", 3, "\n"), 1);
    assert_int_equal(sidle_not_text("\xe2\x82\xac", 2, ""), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_is_text),
        cmocka_unit_test(test_what_is_no_text_is_found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

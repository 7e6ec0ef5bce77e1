/* test_json.c - objects, lists, and texts that look like something else. */
#include "check.h"

#include "io/json.h"

#include <stdlib.h>
#include <string.h>

/* What is printed, without the white space between values. */
static void assert_prints(sidle_json *json, const char *expected)
{
    char *text = NULL, *to;
    size_t size = 0;
    int is_inside = 0;
    FILE *out = open_memstream(&text, &size);

    assert_non_null(out);
    assert_int_equal(sidle_json_print(json, out), SIDLE_OK);
    fclose(out);
    to = text;
    for (const char *from = text; *from != '\0'; from++) {
        is_inside ^= *from == '"' && (from == text || from[-1] != '\\');
        if (is_inside || (*from != ' ' && *from != '\n'))
            *to++ = *from;
    }
    *to = '\0';
    assert_string_equal(text, expected);
    free(text);
}

TEST(an_object_holds_numbers_and_texts)
{
    sidle_json *json;

    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_real(json, "loss", 0.25);
    sidle_json_real(json, "nan", NAN);
    sidle_json_int(json, "n", -9007199254740993);
    sidle_json_text(json, "text", "a \"b\" \\ c");
    sidle_json_text(json, "number", "12");
    sidle_json_text(json, "truth", "true");
    sidle_json_text(json, "empty", "");
    assert_prints(json, "{\"loss\":0.25,\"nan\":null,"
                        "\"n\":-9007199254740993,"
                        "\"text\":\"a \\\"b\\\" \\\\ c\",\"number\":\"12\","
                        "\"truth\":\"true\",\"empty\":\"\"}");
}

TEST(reals_have_as_few_digits_as_they_need)
{
    sidle_json *json;

    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_real(json, "a", 3e-5);
    sidle_json_real(json, "b", 0.1);
    sidle_json_real(json, "c", 1.0 / 3.0);
    sidle_json_flag(json, "yes", 1);
    sidle_json_flag(json, "no", 0);
    sidle_json_null(json, "none");
    assert_prints(json, "{\"a\":3e-05,\"b\":0.1,\"c\":0.3333333333333333,"
                        "\"yes\":true,\"no\":false,\"none\":null}");
}

/* A damaged file's words are printed, too. */
TEST(what_is_no_text_is_marked)
{
    sidle_json *json;

    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_text(json, "a", "\xff\xc3(\xc3\xa4\t\x80");
    assert_prints(json, "{\"a\":\"?\?(\xc3\xa4\\t?\"}");
}

TEST(objects_and_lists_stand_in_each_other)
{
    sidle_json *json;

    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_begin_object(json, "a");
    sidle_json_begin_object(json, "b");
    sidle_json_begin_list(json, "c");
    sidle_json_item(json);
    sidle_json_begin_object(json, "d");
    sidle_json_int(json, "e", 1);
    sidle_json_end_object(json);
    sidle_json_item(json);
    sidle_json_int(json, "f", 2);
    sidle_json_end_list(json);
    sidle_json_int(json, "g", 3);
    sidle_json_end_object(json);
    sidle_json_int(json, "h", 4);
    sidle_json_end_object(json);
    sidle_json_int(json, "i", 5);
    assert_prints(json, "{\"a\":{\"b\":{\"c\":[{\"d\":{\"e\":1}},{\"f\":2}],"
                        "\"g\":3},\"h\":4},\"i\":5}");
}

TEST(a_list_holds_objects)
{
    sidle_json *json;

    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_begin_list(json, "all");
    for (int i = 0; i < 2; i++) {
        sidle_json_item(json);
        sidle_json_int(json, "i", i);
    }
    sidle_json_end_list(json);
    sidle_json_int(json, "after", 1);
    assert_prints(json, "{\"all\":[{\"i\":0},{\"i\":1}],\"after\":1}");
}

TEST(an_object_holds_lists_and_an_object)
{
    static const char *const texts[] = {"a", "1", "\"q\""};
    static const int64_t numbers[] = {3, -4};
    sidle_json *json;

    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_texts(json, "texts", texts, 3);
    sidle_json_begin_list(json, "all");
    for (int i = 0; i < 2; i++) {
        sidle_json_item(json);
        sidle_json_ints(json, "numbers", numbers, i + 1);
        sidle_json_begin_object(json, "inside");
        sidle_json_int(json, "i", i);
        sidle_json_end_object(json);
        sidle_json_int(json, "beside", 5);
    }
    sidle_json_end_list(json);
    sidle_json_ints(json, "none", NULL, 0);
    assert_prints(json, "{\"texts\":[\"a\",\"1\",\"\\\"q\\\"\"],\"all\":["
                        "{\"numbers\":[3],\"inside\":{\"i\":0},\"beside\":5},"
                        "{\"numbers\":[3,-4],\"inside\":{\"i\":1},"
                        "\"beside\":5}],\"none\":[]}");
}

TEST(a_stream_that_is_full_is_an_error)
{
    sidle_json *json;
    FILE *full = fopen("/dev/full", "w");

    assert_non_null(full);
    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_json_int(json, "i", 1);
    assert_int_equal(sidle_json_print(json, full), SIDLE_EIO);
    assert_non_null(strstr(sidle_fail_text(), "No space left"));
    fclose(full);
}

TEST_MAIN

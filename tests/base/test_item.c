/* test_item.c - shapes and fields: sizes, text, and lists by name. */
#include "check.h"

#include "base/item.h"

#include <string.h>

static const sidle_shape image = {3, {4, 5, 3}}, vector = {1, {60}};

TEST(a_shape_has_a_size)
{
    const sidle_shape nothing = {0};

    assert_int_equal(sidle_shape_size(&image), 60);
    assert_int_equal(sidle_shape_size(&vector), 60);
    assert_int_equal(sidle_shape_size(&nothing), 0);
    assert_true(sidle_shape_equal(&image, &image));
    assert_false(sidle_shape_equal(&image, &vector));
}

TEST(a_shape_is_printed)
{
    const sidle_shape nothing = {0};
    char text[64];

    sidle_shape_print(&image, text, sizeof(text));
    assert_string_equal(text, "(4, 5, 3)");
    sidle_shape_print(&nothing, text, sizeof(text));
    assert_string_equal(text, "()");
}

TEST(a_field_is_added_once)
{
    sidle_field list[SIDLE_MAX_FIELDS], label = {"label", 'i', {1, {1}}};
    sidle_field frames = {"frames", 'f', image};
    int n = 0, at = -1;

    assert_int_equal(sidle_field_add(list, &n, &frames, &at), SIDLE_OK);
    assert_int_equal(at, 0);
    assert_int_equal(sidle_field_add(list, &n, &label, &at), SIDLE_OK);
    assert_int_equal(at, 1);
    assert_int_equal(sidle_field_add(list, &n, &frames, &at), SIDLE_OK);
    assert_int_equal(at, 0);
    assert_int_equal(n, 2);
    assert_int_equal(sidle_field_find(list, n, "label"), 1);
    assert_int_equal(sidle_field_find(list, n, "other"), -1);
    assert_int_equal(sidle_field_bytes(&frames), 60 * sizeof(sidle_real));
    assert_int_equal(sidle_field_bytes(&label), 4);
}

TEST(a_field_has_one_shape_and_type)
{
    sidle_field list[SIDLE_MAX_FIELDS], frames = {"frames", 'f', image};
    sidle_field flat = {"frames", 'f', vector}, whole = {"frames", 'i', image};
    int n = 0, at;

    assert_int_equal(sidle_field_add(list, &n, &frames, &at), SIDLE_OK);
    assert_int_equal(sidle_field_add(list, &n, &flat, &at), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "(4, 5, 3)"));
    assert_non_null(strstr(sidle_fail_text(), "(60)"));
    assert_int_equal(sidle_field_add(list, &n, &whole, &at), SIDLE_EUSAGE);
    assert_int_equal(n, 1);
}

TEST(a_list_of_fields_may_be_full)
{
    sidle_field list[SIDLE_MAX_FIELDS], field = {"a", 'f', {1, {2}}};
    int n = 0, at;

    for (int i = 0; i < SIDLE_MAX_FIELDS; i++) {
        field.name[0] = (char)('a' + i);
        assert_int_equal(sidle_field_add(list, &n, &field, &at), SIDLE_OK);
    }
    field.name[0] = 'z';
    assert_int_equal(sidle_field_add(list, &n, &field, &at), SIDLE_EUSAGE);
}

TEST_MAIN

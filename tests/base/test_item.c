/* test_item.c - shapes and fields: sizes, text, and lists by name. */
#include "check.h"

#include "base/item.h"

#include <string.h>

static const sidle_shape image = {3, {4, 5, 3}}, vector = {1, {60}};

static void test_a_shape_has_a_size(void **state)
{
    const sidle_shape nothing = {0};

    (void)state;
    assert_int_equal(sidle_shape_size(&image), 60);
    assert_int_equal(sidle_shape_size(&vector), 60);
    assert_int_equal(sidle_shape_size(&nothing), 0);
    assert_true(sidle_shape_equal(&image, &image));
    assert_false(sidle_shape_equal(&image, &vector));
}

static void test_a_shape_is_printed(void **state)
{
    const sidle_shape nothing = {0};
    char text[64];

    (void)state;
    sidle_shape_print(&image, text, sizeof(text));
    assert_string_equal(text, "(4, 5, 3)");
    sidle_shape_print(&nothing, text, sizeof(text));
    assert_string_equal(text, "()");
}

static void test_a_field_is_added_once(void **state)
{
    sidle_field list[SIDLE_MAX_FIELDS], label = {"label", 'i', {1, {1}}};
    sidle_field frames = {"frames", 'f', image};
    int n = 0, at = -1;

    (void)state;
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

static void test_a_field_has_one_shape_and_type(void **state)
{
    sidle_field list[SIDLE_MAX_FIELDS], frames = {"frames", 'f', image};
    sidle_field flat = {"frames", 'f', vector}, whole = {"frames", 'i', image};
    int n = 0, at;

    (void)state;
    assert_int_equal(sidle_field_add(list, &n, &frames, &at), SIDLE_OK);
    assert_int_equal(sidle_field_add(list, &n, &flat, &at), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "(4, 5, 3)"));
    assert_non_null(strstr(sidle_fail_text(), "(60)"));
    assert_int_equal(sidle_field_add(list, &n, &whole, &at), SIDLE_EUSAGE);
    assert_int_equal(n, 1);
}

static void test_a_list_of_fields_may_be_full(void **state)
{
    sidle_field list[SIDLE_MAX_FIELDS], field = {"a", 'f', {1, {2}}};
    int n = 0, at;

    (void)state;
    for (int i = 0; i < SIDLE_MAX_FIELDS; i++) {
        field.name[0] = (char)('a' + i);
        assert_int_equal(sidle_field_add(list, &n, &field, &at), SIDLE_OK);
    }
    field.name[0] = 'z';
    assert_int_equal(sidle_field_add(list, &n, &field, &at), SIDLE_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_shape_has_a_size),
        cmocka_unit_test(test_a_shape_is_printed),
        cmocka_unit_test(test_a_field_is_added_once),
        cmocka_unit_test(test_a_field_has_one_shape_and_type),
        cmocka_unit_test(test_a_list_of_fields_may_be_full),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* test_spec.c - specifications: made, printed, compared, and an entry's options
 * in the struct of its kind. */
#include "check.h"

#include "model/spec.h"

#include <stdlib.h>
#include <string.h>

struct conv {
    ptrdiff_t channels, kernel[2];
    int has_bias;
};

#define AT(member) SIDLE_OPTION_AT(struct conv, member)

static const sidle_option rows[] = {
    {"channels", SIDLE_OPTION_SIZE, AT(channels), SIDLE_OPTION_RANGE(1, 99),
     .is_required = 1},
    {"kernel", SIDLE_OPTION_PAIR, AT(kernel), "3", SIDLE_OPTION_RANGE(1, 9)},
    {"bias", SIDLE_OPTION_FLAG, AT(has_bias), "true"},
};

static void set(sidle_spec_entry *entry, const char *key, const char *text)
{
    const sidle_option_text value = {text, strchr(text, ',') != NULL,
                                     text[0] == '\0'};

    sidle_spec_set(entry, key, &value, "run.yaml:7:9");
}

/* [conv2d: {channels: 8, kernel: [3, 5]}, relu, residual: [tanh]] */
static void make(sidle_spec_list *list)
{
    sidle_spec_entry *entry;

    memset(list, 0, sizeof(*list));
    entry = sidle_spec_add(list, "conv2d", "model.layers[0]", "run.yaml:7:3");
    set(entry, "channels", "8");
    set(entry, "kernel", "3, 5");
    sidle_spec_add(list, "relu", "model.layers[1]", "run.yaml:8:3");
    entry = sidle_spec_add(list, "residual", "model.layers[2]", "");
    sidle_spec_add(&entry->inner, "tanh", "model.layers[2].residual[0]", "");
}

static void check_printed(const sidle_spec_list *list, const char *expected)
{
    char text[512] = "";
    FILE *stream = fmemopen(text, sizeof(text), "w");

    sidle_spec_print_flow(list, stream);
    fclose(stream);
    assert_string_equal(text, expected);
}

TEST(a_list_is_printed_in_a_line_and_in_lines)
{
    sidle_spec_list list;
    char text[512] = "";
    FILE *stream = fmemopen(text, sizeof(text), "w");

    make(&list);
    check_printed(&list, "{conv2d: {channels: 8, kernel: [3, 5]}}, relu, "
                         "{residual: [tanh]}");
    sidle_spec_print(&list, 4, stream);
    fclose(stream);
    assert_string_equal(text, "    - conv2d: {channels: 8, kernel: [3, 5]}\n"
                              "    - relu\n    - residual: [tanh]\n");
    assert_int_equal(sidle_spec_count(&list), 4);
    sidle_spec_list_done(&list);
    assert_int_equal(sidle_spec_count(&list), 0);
}

TEST(texts_that_yaml_would_misread_stand_in_quotes)
{
    sidle_spec_list list = {0};
    sidle_spec_entry *entry = sidle_spec_add(&list, "on", "l[0]", "");
    const sidle_option_text empty = {"", 0, 0}, nothing = {"", 0, 1};
    const sidle_option_text gaps = {"1, , a b, ", 1, 0}, none = {"", 1, 0};

    set(entry, "yes", "null");
    set(entry, "a", "-1.5e3");
    set(entry, "b", "true");
    set(entry, "c", " 1");
    set(entry, "d", "1: 2");
    sidle_spec_set(entry, "e", &empty, "");
    sidle_spec_set(entry, "f", &nothing, "");
    sidle_spec_set(entry, "g", &gaps, "");
    sidle_spec_set(entry, "h", &none, "");
    sidle_spec_add(&list, "", "l[1]", "");
    check_printed(&list, "{\"on\": {\"yes\": \"null\", a: -1.5e3, b: true, c: "
                         "\" 1\", d: \"1: 2\", e: \"\", f: null, g: [1, \"\", "
                         "\"a b\", \"\"], h: []}}, \"\"");
    sidle_spec_list_done(&list);
}

TEST(a_loss_is_a_word_or_a_map)
{
    sidle_spec_entry loss = {0};
    char text[128] = "";
    FILE *stream = fmemopen(text, sizeof(text), "w");

    sidle_spec_begin(&loss, "cross_entropy", "model.loss", "");
    sidle_spec_print_loss(&loss, stream);
    sidle_spec_begin(&loss, "mse", loss.path, "");
    set(&loss, "ahead", "1");
    set(&loss, "ahead", "2");
    sidle_spec_print_loss(&loss, stream);
    fclose(stream);
    assert_string_equal(text, "cross_entropy{kind: mse, ahead: 2}");
    sidle_spec_fail(&loss, "ahead", "is %d too far", 1);
    assert_string_equal(sidle_fail_text(),
                        "run.yaml:7:9: 'model.loss.ahead' is 1 too far");
    sidle_spec_entry_done(&loss);
}

TEST(options_fill_the_struct_of_a_kind)
{
    sidle_spec_list list;
    struct conv conv;

    make(&list);
    set(&list.entries[0], "bias", "false");
    assert_int_equal(sidle_spec_read(&list.entries[0], rows, 3, 0, &conv),
                     SIDLE_OK);
    assert_true(conv.channels == 8 && conv.has_bias == 0);
    assert_true(conv.kernel[0] == 3 && conv.kernel[1] == 5);
    assert_int_equal(sidle_spec_read(&list.entries[1], NULL, 0, 0, NULL),
                     SIDLE_OK);
    assert_int_equal(sidle_spec_read(&list.entries[2], NULL, 0, 1, NULL),
                     SIDLE_OK);
    sidle_spec_list_done(&list);
}

static const struct refusal {
    size_t entry;
    const char *key, *text;
    int n_rows, has_inner;
    const char *words;
} refusals[] = {
    {0, "kernal", "3", 3, 0,
     "run.yaml:7:9: unknown key 'model.layers[0].conv2d.kernal'; did you mean "
     "'kernel'; conv2d has the keys channels, kernel, bias"},
    {0, "elephants", "3", 3, 0,
     "run.yaml:7:9: unknown key 'model.layers[0].conv2d.elephants'; conv2d has "
     "the "
     "keys channels"},
    {0, "kernel", "3", 1, 0, "; conv2d has the key channels"},
    {1, "slope", "3", 0, 0,
     "unknown key 'model.layers[1].relu.slope'; relu has no keys"},
    {0, "kernel", "0", 3, 0,
     "run.yaml:7:9: 'model.layers[0].conv2d.kernel' is '0', expected an "
     "integer "
     "or [y, x], 1 to 9"},
    {0, "channels", "3, 5", 3, 0,
     "'model.layers[0].conv2d.channels' is the list '3, 5', expected an "
     "integer, 1 to 99"},
    {0, "channels", "", 3, 0, "is empty, expected an integer, 1 to 99"},
    {1, "kernel", "5", 3, 0,
     "run.yaml:8:3: 'model.layers[1].relu.channels' is not set, expected an "
     "integer, 1 to 99"},
    {1, NULL, NULL, 0, 1,
     "run.yaml:8:3: 'model.layers[1]' has no entries, expected a list, as in "
     "'relu: [relu]'"},
    {2, NULL, NULL, 0, 0,
     "'model.layers[2]' is a list, but 'residual' takes no entries; "
     "write 'residual: {key: value}'"},
};

TEST(what_is_wrong_is_named_with_its_place)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const struct refusal *r = &refusals[i];
        sidle_spec_list list;
        struct conv conv;

        make(&list);
        if (r->key != NULL)
            set(&list.entries[r->entry], r->key, r->text);
        assert_int_equal(sidle_spec_read(&list.entries[r->entry], rows,
                                         (size_t)r->n_rows, r->has_inner,
                                         &conv),
                         SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), r->words) == NULL)
            fail_msg("'%s', not '%s'", sidle_fail_text(), r->words);
        sidle_spec_list_done(&list);
    }
}

static void check_difference(const sidle_spec_list *a, const sidle_spec_list *b,
                             const char *path, const char *x, const char *y)
{
    sidle_spec_difference d;

    assert_true(sidle_spec_differ(a, b, "model.layers", &d));
    assert_string_equal(d.path, path);
    assert_string_equal(d.a, x);
    assert_string_equal(d.b, y);
    assert_true(sidle_spec_differ(b, a, "model.layers", &d));
    assert_string_equal(d.path, path);
    assert_string_equal(d.a, y);
    assert_string_equal(d.b, x);
}

TEST(the_first_entry_that_differs_is_named)
{
    sidle_spec_list a, b;
    sidle_spec_difference d;

    make(&a);
    make(&b);
    assert_false(sidle_spec_differ(&a, &b, "model.layers", &d));
    set(&b.entries[0], "channels", "8.0");
    assert_false(sidle_spec_differ(&a, &b, "model.layers", &d));
    sidle_spec_add(&b, "gelu", "model.layers[3]", "");
    check_difference(&a, &b, "model.layers[3]", "(not set)", "gelu");
    sidle_spec_begin(&b.entries[2].inner.entries[0], "relu", "", "");
    check_difference(&a, &b, "model.layers[2].residual[0]", "tanh", "relu");
    set(&b.entries[0], "bias", "false");
    check_difference(&a, &b, "model.layers[0].conv2d.bias", "(not set)",
                     "false");
    set(&b.entries[0], "kernel", "3, 3");
    check_difference(&a, &b, "model.layers[0].conv2d.kernel", "[3, 5]",
                     "[3, 3]");
    sidle_spec_list_done(&a);
    sidle_spec_list_done(&b);
}

TEST_MAIN

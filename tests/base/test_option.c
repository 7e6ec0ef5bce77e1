/* test_option.c - a struct of every type of option through its rows: defaults,
 * what is right and wrong, and the way back. */
#include "check.h"

#include "base/option.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef enum colour { RED, GREEN, BLUE } colour;

struct owner {
    int64_t count, unset;
    ptrdiff_t width, kernel[2], padding[2], sizes[3];
    int n_sizes, n_rates;
    double rates[3];
    double rate;
    int is_on, is_off_only, is_open;
    char text[8], word[8], found[8], names[16], path[8];
    colour colour;
    int shade;
};

static const char *const words[] = {"sum", "mean", "max"};
static const char *const colours[] = {"red", "green", "blue"};

static int find_words(const char *const **words_p)
{
    static const char *const found[] = {"b", "a"};

    *words_p = found;
    return 2;
}

#define AT(member) SIDLE_OPTION_AT(struct owner, member)
#define RANGE(low, high) SIDLE_OPTION_RANGE(low, high)

static const char *const known[] = {"a", "b", "c"};
static const sidle_option rows[] = {
    {"count", SIDLE_OPTION_INT, AT(count), "3", RANGE(0, 9), .help = "Count"},
    {"unset", SIDLE_OPTION_INT, AT(unset), .is_required = 1, RANGE(0, 9)},
    {"width", SIDLE_OPTION_SIZE, AT(width), "16", RANGE(1, 1e6)},
    {"kernel", SIDLE_OPTION_PAIR, AT(kernel), "3", RANGE(1, 64)},
    {"padding", SIDLE_OPTION_PAIR, AT(padding), RANGE(0, 64),
     .unset = "(kernel - 1) / 2"},
    {"sizes", SIDLE_OPTION_SIZES, AT(sizes), "", RANGE(1, 99),
     .n_offset = offsetof(struct owner, n_sizes)},
    {"rates", SIDLE_OPTION_REALS, AT(rates), "", RANGE(0.0, 1e3),
     .is_single = 1, .n_offset = offsetof(struct owner, n_rates)},
    {"rate", SIDLE_OPTION_REAL, AT(rate), "0.5", RANGE(0.0, 1.0),
     .below_most = 1, .is_single = 1},
    {"is_on", SIDLE_OPTION_FLAG, AT(is_on), "true"},
    {"is_off_only", SIDLE_OPTION_FLAG, AT(is_off_only), "false", .is_only = 1},
    {"is_open", SIDLE_OPTION_FLAG, AT(is_open), .unset = "as is_on"},
    {"text", SIDLE_OPTION_TEXT, AT(text), ""},
    {"word", SIDLE_OPTION_WORD, AT(word), "sum", .words = words, .n_words = 3,
     .n_available = 2},
    {"found", SIDLE_OPTION_WORD, AT(found), "b", .words = known, .n_words = 3,
     .find_words = find_words},
    {"names", SIDLE_OPTION_NAMES, AT(names), "auto", .expects = "some names"},
    {"path", SIDLE_OPTION_TEXT, AT(path), .unset = "nowhere"},
    {"colour", SIDLE_OPTION_ENUM, AT(colour), "blue", .words = colours,
     .n_words = 3, .n_available = 3},
    {"shade", SIDLE_OPTION_ENUM, AT(shade), "b", .words = known, .n_words = 3,
     .find_words = find_words},
};
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static const sidle_option *row_of(const char *name)
{
    const sidle_option *row = sidle_option_row(rows, N_ROWS, name);

    assert_non_null(row);
    return row;
}

TEST(defaults_fill_every_member)
{
    struct owner o;

    memset(&o, 0x55, sizeof(o));
    sidle_option_defaults(rows, N_ROWS, &o);
    assert_true(o.count == 3 && o.width == 16 && o.rate == 0.5);
    assert_true(o.kernel[0] == 3 && o.kernel[1] == 3 && o.n_sizes == 0);
    assert_true(o.is_on == 1 && o.is_off_only == 0 && o.colour == BLUE);
    assert_string_equal(o.text, "");
    assert_string_equal(o.word, "sum");
    assert_string_equal(o.found, "b");
    assert_string_equal(o.names, "auto");
    assert_true(o.unset == -1 && o.padding[0] == -1 && o.padding[1] == -1);
    assert_true(sidle_option_is_set(row_of("count"), &o));
    assert_false(sidle_option_is_set(row_of("unset"), &o));
    assert_false(sidle_option_is_set(row_of("padding"), &o));
    assert_false(sidle_option_is_set(row_of("path"), &o));
    assert_true(sidle_option_read(row_of("unset"), "0", &o));
    assert_true(sidle_option_read(row_of("padding"), "0", &o));
    assert_true(sidle_option_is_set(row_of("unset"), &o));
    assert_int_equal(o.is_open, -1);
    assert_false(sidle_option_is_set(row_of("is_open"), &o));
    assert_true(sidle_option_read(row_of("is_open"), "false", &o));
    assert_true(o.is_open == 0 && sidle_option_is_set(row_of("is_open"), &o));
    assert_true(sidle_option_is_set(row_of("padding"), &o));
}

/* What is read, and how it is printed; NULL: it is refused. */
static const struct value {
    const char *name, *text, *printed;
    int is_list;
} values[] = {
    {"count", "9", "9", 0},
    {"count", "1e0", "1", 0},
    {"count", "10", NULL, 0},
    {"count", "-1", NULL, 0},
    {"count", "1.5", NULL, 0},
    {"count", "", NULL, 0},
    {"count", "1, 2", NULL, 1},
    {"width", "0x10", "16", 0},
    {"width", "1000001", NULL, 0},
    {"kernel", "5", "5", 0},
    {"kernel", "3, 5", "[3, 5]", 1},
    {"kernel", "7, 7", "7", 1},
    {"kernel", "1, 2, 3", NULL, 1},
    {"kernel", "0", NULL, 0},
    {"kernel", "3, 65", NULL, 1},
    {"kernel", "", NULL, 0},
    {"kernel", "", NULL, 1},
    {"sizes", "66, 5", "[66, 5]", 1},
    {"sizes", "", "[]", 1},
    {"sizes", "1, 2, 3, 4", NULL, 1},
    {"sizes", "1, x", NULL, 1},
    {"rates", "1e-3, 2 ,0.125", "[0.001, 2.0, 0.125]", 1},
    {"rates", "0.5", "[0.5]", 0},
    {"rates", "", "[]", 1},
    {"rates", "1, 2, 3, 4", NULL, 1},
    {"rates", "1, -1", NULL, 1},
    {"rates", "1, 1e-46", NULL, 1},
    {"rates", "1, x", NULL, 1},
    {"rates",
     "0.10000000000000000000000000000000000000000000000000000000000000000",
     NULL, 1},
    {"rate", "0", "0.0", 0},
    {"rate", "1e-8", "1.0e-08", 0},
    {"rate", "1", NULL, 0},
    {"rate", "0.99999999", NULL, 0},
    {"rate", "1e-46", NULL, 0},
    {"rate", "nan", NULL, 0},
    {"is_on", "FALSE", "false", 0},
    {"is_on", "yes", NULL, 0},
    {"is_off_only", "false", "false", 0},
    {"is_off_only", "true", NULL, 0},
    {"text", "null", "\"null\"", 0},
    {"text", "a\\b", "\"a\\\\b\"", 0},
    {"text", "1234567", "\"1234567\"", 0},
    {"text", "12345678", NULL, 0},
    {"text", "a\xc2\xa0", NULL, 0},
    {"text", "a", NULL, 1},
    {"word", "mean", "mean", 0},
    {"word", "max", NULL, 0},
    {"found", "a", "a", 0},
    {"found", "c", NULL, 0},
    {"names", "on, self.001", "[\"on\", self.001]", 1},
    {"names", "a,,b", NULL, 0},
    {"names", "A", NULL, 0},
    {"colour", "green", "green", 0},
    {"colour", "grey", NULL, 0},
    {"shade", "a", "a", 0},
    {"shade", "c", NULL, 0},
};

static void check_value(const struct value *value)
{
    const sidle_option *row = row_of(value->name);
    const sidle_option_text found = {value->text, value->is_list, 0};
    char printed[64] = "";
    struct owner o, before;
    FILE *stream;

    memset(&o, 0, sizeof(o));
    sidle_option_defaults(rows, N_ROWS, &o);
    before = o;
    if (sidle_option_take(row, &found, &o) != (value->printed != NULL))
        fail_msg("'%s' of '%s'", value->text, value->name);
    if (value->printed == NULL) {
        assert_memory_equal(&o, &before, sizeof(o));
        return;
    }
    stream = fmemopen(printed, sizeof(printed), "w");
    sidle_option_print(row, &o, stream);
    fclose(stream);
    assert_string_equal(printed, value->printed);
}

TEST(values_are_read_and_printed_or_refused)
{
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++)
        check_value(&values[i]);
}

TEST(what_a_run_stored_may_break_younger_rules)
{
    const sidle_option_text near_one = {"0.99999999", 0, 0};
    const sidle_option_text blank = {"a\xc2\xa0", 0, 0}, one = {"1", 0, 0};
    const sidle_option_text list = {"0.5", 1, 0};
    struct owner o = {0};

    assert_true(sidle_option_take_stored(row_of("rate"), &near_one, &o));
    assert_true(o.rate == 0.99999999);
    assert_false(sidle_option_take_stored(row_of("rate"), &one, &o));
    assert_false(sidle_option_take_stored(row_of("rate"), &list, &o));
    assert_true(sidle_option_take_stored(row_of("text"), &blank, &o));
}

static const struct sentence {
    const char *name, *text;
    int is_list, is_null;
    const char *words;
} sentences[] = {
    {"count", "x", 0, 0, "'c[3].count' is 'x', expected an integer, 0 to 9"},
    {"count", "1", 1, 0, "'c[3].count' is the list '1', expected an integer"},
    {"count", "", 0, 1, "'c[3].count' is empty, expected an integer"},
    {"kernel", "0", 0, 0,
     "'c[3].kernel' is '0', expected an integer or [y, x], 1 to 64"},
    {"rate", "2", 0, 0, "expected a number, 0 to less than 1"},
    {"rate", "1e-46", 0, 0, "which becomes 0 in single precision"},
    {"rate", "1\xc2\xa0", 0, 0,
     "'1<U+00A0>', expected a number, 0 to less than 1; it contains the "
     "character "
     "U+00A0, which is invisible; remove it"},
    {"sizes", "0", 1, 0, "expected a list of at most 3 integers, 1 to 99"},
    {"rates", "x", 1, 0, "expected a list of at most 3 numbers, 0 to 1000"},
    {"is_on", "2", 0, 0, "expected true or false"},
    {"is_off_only", "true", 0, 0,
     "expected false; true is not available in this version"},
    {"text", "123456789", 0, 0, "expected text of at most 7 bytes"},
    {"word", "min", 0, 0,
     "expected one of sum, mean; max is not available in this version"},
    {"found", "c", 0, 0,
     "expected one of b, a; c is not available in this version"},
    {"names", "", 0, 0, "expected some names"},
    {"colour", "grey", 0, 0, "expected one of red, green, blue"},
};

TEST(a_refusal_says_what_was_found_and_what_is_right)
{
    for (size_t i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
        const struct sentence *s = &sentences[i];
        const sidle_option_text found = {s->text, s->is_list, s->is_null};
        char name[32], said[512] = "";
        FILE *stream = fmemopen(said, sizeof(said), "w");

        snprintf(name, sizeof(name), "c[3].%s", s->name);
        sidle_option_refuse(row_of(s->name), name, &found, stream);
        fclose(stream);
        if (strstr(said, s->words) == NULL)
            fail_msg("'%s' says \"%s\", not \"%s\"", s->text, said, s->words);
    }
}

TEST(help_tells_type_range_default_and_meaning)
{
    char said[512] = "";
    FILE *stream = fmemopen(said, sizeof(said), "w");

    sidle_option_help(row_of("count"), 4, stream);
    for (size_t i = 0; i < N_ROWS; i++)
        if (rows[i].standard == NULL || rows[i].standard[0] == '\0')
            sidle_option_print_standard(&rows[i], stream);
    fclose(stream);
    assert_string_equal(said,
                        "    count                  an integer, 0 to 9; "
                        "default 3\n        Count\n"
                        "requireddefault (kernel - 1) / 2default []default []"
                        "default as is_ondefault nonedefault nowhere");
}

TEST(rows_are_found_by_name_and_the_nearest_is_guessed)
{
    assert_ptr_equal(row_of("kernel"), &rows[3]);
    assert_null(sidle_option_row(rows, N_ROWS, "kernels"));
    assert_string_equal(sidle_option_nearest(rows, N_ROWS, "kernels"),
                        "kernel");
    assert_null(sidle_option_nearest(rows, N_ROWS, "elephants"));
    assert_null(sidle_option_nearest(NULL, 0, "kernel"));
}

TEST_MAIN

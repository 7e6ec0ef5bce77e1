/* test_config.c - YAML to settings, and everything that is refused. */
#include "check.h"

#include "io/config.h"

#include <stdlib.h>
#include <string.h>

static sidle_status parse(const char *text, sidle_settings *settings)
{
    return sidle_settings_parse("run.yaml", text, strlen(text), settings);
}

static void check_setting(const sidle_settings *settings, size_t i,
                          const char *path, const char *value, int line)
{
    assert_true(i < settings->n);
    assert_string_equal(settings->all[i].path, path);
    assert_string_equal(settings->all[i].value, value);
    assert_string_equal(settings->all[i].file, "run.yaml");
    assert_int_equal(settings->all[i].line, line);
}

TEST(maps_become_dotted_paths)
{
    sidle_settings settings;

    assert_int_equal(parse("# first a comment\n"
                           "run: {name: kjv, steps: 40}\n"
                           "optim:\n"
                           "  lr: 1e-3   # a rate\n"
                           "  deep: {er: \"a \\\"b\\\" c\"}\n"
                           "data.path: 'it''s'\n"
                           "empty:\n"
                           "none: ~\n",
                           &settings),
                     SIDLE_OK);
    assert_int_equal(settings.n, 7);
    check_setting(&settings, 0, "run.name", "kjv", 2);
    check_setting(&settings, 1, "run.steps", "40", 2);
    check_setting(&settings, 2, "optim.lr", "1e-3", 4);
    check_setting(&settings, 3, "optim.deep.er", "a \"b\" c", 5);
    check_setting(&settings, 4, "data.path", "it's", 6);
    check_setting(&settings, 5, "empty", "", 7);
    check_setting(&settings, 6, "none", "", 8);
    sidle_settings_done(&settings);
    assert_int_equal(settings.n, 0);
}

TEST(lists_become_one_setting)
{
    sidle_settings settings;

    assert_int_equal(parse("a: [cross, self.002, final]\n"
                           "b:\n"
                           "  - 66\n"
                           "  - 5\n"
                           "c: []\n"
                           "d: x, y\n",
                           &settings),
                     SIDLE_OK);
    check_setting(&settings, 0, "a", "cross, self.002, final", 1);
    check_setting(&settings, 1, "b", "66, 5", 2);
    check_setting(&settings, 2, "c", "", 5);
    check_setting(&settings, 3, "d", "x, y", 6);
    assert_true(settings.all[0].is_list && settings.all[1].is_list);
    assert_true(settings.all[2].is_list && !settings.all[3].is_list);
    sidle_settings_done(&settings);
}

TEST(files_of_nothing_are_empty)
{
    static const char *const texts[] = {
        "", "# nothing\n", "---\n", "\n\n", "{}", "\xef\xbb\xbf# mark\n"};
    sidle_settings settings;

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_int_equal(parse(texts[i], &settings), SIDLE_OK);
        assert_int_equal(settings.n, 0);
        sidle_settings_done(&settings);
    }
}

TEST(tags_and_anchors_do_no_harm)
{
    sidle_settings settings;

    assert_int_equal(
        parse("a: &x !!int 5\nb: !mine {c: \xc3\xbc}\n", &settings), SIDLE_OK);
    check_setting(&settings, 0, "a", "5", 1);
    check_setting(&settings, 1, "b.c", "\xc3\xbc", 2);
    sidle_settings_done(&settings);
}

/* Text, and what the sentence must hold: the place above all. */
static const struct refusal {
    const char *text, *words;
} refusals[] = {
    {"a: 1\nb: {c: 2,\n  c: 3}\n", "run.yaml:3:3: 'b.c' is set twice, "
                                   "first in line 2"},
    {"a: {x: 1}\nb: 2\na: {y: 1}\n", "run.yaml:3:1: 'a' is set twice"},
    {"a.b: 1\na: {b: 2}\n", "run.yaml:2:5: 'a.b' is set twice"},
    {"a: 1\n  b: 2\n", "run.yaml:1:4: invalid YAML: invalid multiline"},
    {"a: {b: 1\n", "run.yaml:2:1: invalid YAML: missing"},
    {"a: \"x\n", "run.yaml:1:5: invalid YAML: double-quoted"},
    {"a: 1\nb:\n  c:1e-3\n  d: 2\n",
     "run.yaml:3:3: invalid YAML: invalid multiline "
     "plain key; in line 3, a space is missing "
     "after the colon of 'c:1e-3'"},
    {"run: {dir: %j}\n", "'%'; put such a value in quotes"},
    {"run:\n  dir: %A-%a\n", "'%'; put such a value in quotes"},
    {"a:\n  b: 1\n\xc2\xa0\n",
     "; line 3 contains the invisible character U+00A0; remove it"},
    {"a: 1\nb:2\n", "in line 2, a space is missing after the colon of 'b:2'"},
    {"a: {b: x/${C}, d: 1}\n",
     "inside braces, put a value with ${NAME} in quotes"},
    {"b:2\n", "expected 'key: value' lines, as in 'run: {steps: 1000}'; in "
              "line 1, a space is missing"},
    {"a: &x 1\nb: *x\n", "'b': aliases"},
    {"*x : 1\n", "run.yaml:1:2: a key must be a plain word"},
    {"a: &x {b: 1}\n<<: *x\n", "'<<': aliases"},
    {"a: [1, [2]]\n", "run.yaml:1:8: 'a[1]' is a list in a list, expected a "
                      "word or a map of one key"},
    {"a: [1, *x]\n", "run.yaml:1:9: 'a[1]': aliases (*name) are not supported"},
    {"a: [\"1, 2\", 3]\n", "run.yaml:1:6: 'a': an element contains a comma"},
    {"a: [1,\n \"2\\a\"]\n", "run.yaml:2:3: a key or value must be one line"},
    {"[a, b]\n", "run.yaml:1:1: expected 'key: value'"},
    {"word\n", "run.yaml:1:1: expected 'key: value'"},
    {"a: 1\n---\nb: 2\n", "a second document starts here"},
    {"a: |\n  two\n  lines\n", "run.yaml:2:1: a key or value must be one line"},
    {"a: \"\\0\"\n", "run.yaml:1:5: a key or value must be one line"},
    {"{[a]: 1}\n", "run.yaml:1:2: a key must be a plain word"},
    {"\"\": 1\n", "run.yaml:1:2: a key must have 1 to"},
    {"a: 1\nb: \xff\n", "run.yaml:2: byte 0xff is not text"},
    {"a: 1\n\xef\xbb\xbf"
     "b: 2\n",
     "run.yaml:2: the character U+FEFF "
     "is invisible"},
    {"a: \xc2\x85\n", "run.yaml:1: the character U+0085"},
    {"a: \xc0\xaf\n", "run.yaml:1: byte 0xc0 is not text"},
    {"a: \xed\xa0\x80\n", "run.yaml:1: byte 0xed is not text"},
    {"a: \x1b[2J\n", "run.yaml:1: byte 0x1b is not text"},
    {"a: {a: {a: {a: {a: {a: {a: {a: {a: {a: 1}}}}}}}}}\n",
     "more than 8 nested maps"},
};

TEST(what_is_refused_is_named_with_its_place)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        sidle_settings settings = {NULL, 77, NULL};

        assert_int_equal(parse(refusals[i].text, &settings), SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), refusals[i].words) == NULL)
            fail_msg("'%s' answers '%s', not '%s'", refusals[i].text,
                     sidle_fail_text(), refusals[i].words);
        assert_int_equal(settings.n, 77);
    }
}

TEST(a_long_key_and_many_keys_are_refused)
{
    sidle_settings settings;
    char text[400];
    char *many = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&many, &size);

    memset(text, 'k', 300);
    strcpy(text + 300, ": 1\n");
    assert_int_equal(parse(text, &settings), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "a key must have 1 to 255"));
    for (int i = 0; i < 5000; i++)
        fprintf(stream, "k%d: 1\n", i);
    fclose(stream);
    assert_int_equal(parse(many, &settings), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "more than 4096 keys"));
    free(many);
}

TEST(binary_and_huge_texts_are_refused)
{
    static const char binary[] = "a: 1\nb: \0 2\n";
    size_t size = (2u << 20) + 1;
    char *huge = malloc(size);
    sidle_settings settings;

    assert_int_equal(
        sidle_settings_parse("run.yaml", binary, sizeof(binary) - 1, &settings),
        SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "run.yaml:2: byte 0x00"));
    memset(huge, ' ', size);
    assert_int_equal(sidle_settings_parse("run.yaml", huge, size, &settings),
                     SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "larger than 1048576 bytes"));
    free(huge);
}

TEST(overrides_are_appended)
{
    sidle_settings settings;

    assert_int_equal(parse("a: 1\n", &settings), SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "a=2=3"), SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "b.c="), SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "d=[x, y.1]"),
                     SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "e=a: {b"), SIDLE_OK);
    assert_int_equal(sidle_settings_override(&settings, "f={g: 1, h: x}"),
                     SIDLE_OK);
    assert_int_equal(settings.n, 7);
    assert_string_equal(settings.all[5].path, "f.g");
    assert_string_equal(settings.all[6].value, "x");
    assert_string_equal(settings.all[1].value, "2=3");
    assert_string_equal(settings.all[2].path, "b.c");
    assert_string_equal(settings.all[2].value, "");
    assert_string_equal(settings.all[3].path, "d");
    assert_string_equal(settings.all[3].value, "x, y.1");
    assert_true(settings.all[3].is_list);
    assert_string_equal(settings.all[3].file, "command line");
    assert_int_equal(settings.all[3].line, 0);
    assert_string_equal(settings.all[4].value, "a: {b");
    sidle_settings_done(&settings);
}

TEST(overrides_that_are_none_are_refused)
{
    static const struct refusal wrong[] = {
        {"run.steps", "not an assignment"},
        {"=5", "not an assignment"},
        {"a=[1, 2", "command line:"},
        {"a=[1] [2]", "command line:"},
        {"a=[{b: 1}]", "command line:1:6: 'a[0].b' is '1', expected a map of "
                       "options; write 'b: {key: value}'"},
        {"a={b: 1", "command line:"},
        {"a={b: 1} {c: 2}", "command line:"},
        {"a={b: 1, b: 2}", "'a.b' is set twice"},
        {"a=\xff", "after 'a=': byte 0xff is not text"},
        {"a=1\xef\xbb\xbf", "after 'a=1': the character U+FEFF"},
        {"a=b\nc", "not text"},
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        sidle_settings settings = {0};

        assert_int_equal(sidle_settings_override(&settings, wrong[i].text),
                         SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), wrong[i].words) == NULL)
            fail_msg("'%s' answers '%s'", wrong[i].text, sidle_fail_text());
        sidle_settings_done(&settings);
    }
}

TEST_MAIN

/* test_yaml_list.c - lists of maps: entries with their options and places, what
 * is refused, and random trees that come back from their own text. */
#include "check.h"

#include "base/rng.h"
#include "io/config.h"

#include <stdlib.h>
#include <string.h>

static sidle_status parse(const char *text, sidle_settings *settings)
{
    return sidle_settings_parse("run.yaml", text, strlen(text), settings);
}

static void check_option(const sidle_spec_entry *entry, size_t i,
                         const char *key, const char *text, const char *place)
{
    assert_true(i < entry->n_options);
    assert_string_equal(entry->options[i].key, key);
    assert_string_equal(entry->options[i].text, text);
    assert_string_equal(entry->options[i].place, place);
}

static void check_entry(const sidle_spec_entry *entry, const char *kind,
                        const char *path, const char *place)
{
    assert_string_equal(entry->kind, kind);
    assert_string_equal(entry->path, path);
    assert_string_equal(entry->place, place);
}

TEST(entries_have_kinds_options_and_places)
{
    sidle_settings settings;
    const sidle_spec_entry *entries;

    assert_int_equal(parse("model:\n"
                           "  layers:\n"
                           "    - conv2d: {channels: 16, kernel: [3, 5]}\n"
                           "    - group_norm:\n"
                           "        groups: 4   # a remark\n"
                           "        eps:\n"
                           "    - relu\n"
                           "    - gelu: ~\n"
                           "    - tanh: {}\n"
                           "    - residual: [conv2d: {channels: 8}, relu]\n"
                           "    - residual:\n"
                           "        - residual:\n"
                           "            - relu\n",
                           &settings),
                     SIDLE_OK);
    assert_int_equal(settings.n, 1);
    assert_true(settings.all[0].is_list && settings.all[0].has_maps);
    assert_string_equal(
        settings.all[0].value,
        "{conv2d: {channels: 16, kernel: [3, 5]}}, {group_norm: {groups: 4, "
        "eps: null}}, relu, gelu, tanh, {residual: [{conv2d: {channels: 8}}, "
        "relu]}, {residual: [{residual: [relu]}]}");
    assert_int_equal(settings.all[0].list.n, 7);
    entries = settings.all[0].list.entries;
    check_entry(&entries[0], "conv2d", "model.layers[0]", "run.yaml:3:7");
    check_option(&entries[0], 0, "channels", "16", "run.yaml:3:16");
    check_option(&entries[0], 1, "kernel", "3, 5", "run.yaml:3:30");
    assert_true(entries[0].options[1].is_list &&
                !entries[0].options[0].is_list);
    check_option(&entries[1], 1, "eps", "", "run.yaml:6:9");
    assert_true(entries[1].options[1].is_null);
    check_entry(&entries[2], "relu", "model.layers[2]", "run.yaml:7:7");
    check_entry(&entries[3], "gelu", "model.layers[3]", "run.yaml:8:7");
    check_entry(&entries[5].inner.entries[0], "conv2d",
                "model.layers[5].residual[0]", "run.yaml:10:18");
    check_entry(&entries[6].inner.entries[0].inner.entries[0], "relu",
                "model.layers[6].residual[0].residual[0]", "run.yaml:13:15");
    sidle_settings_done(&settings);
}

TEST(a_list_of_words_has_entries_too)
{
    sidle_settings settings;

    assert_int_equal(parse("a: [relu, \"\", 3]\n", &settings), SIDLE_OK);
    assert_string_equal(settings.all[0].value, "relu, , 3");
    assert_false(settings.all[0].has_maps);
    assert_int_equal(settings.all[0].list.n, 3);
    check_entry(&settings.all[0].list.entries[2], "3", "a[2]", "run.yaml:1:15");
    sidle_settings_done(&settings);
}

TEST(an_override_is_of_the_command_line)
{
    sidle_settings settings = {0};
    const sidle_spec_entry *entries;

    assert_int_equal(
        sidle_settings_override(&settings,
                                "model.layers=[{conv2d: {channels: 8}}, relu]"),
        SIDLE_OK);
    entries = settings.all[0].list.entries;
    check_entry(&entries[0], "conv2d", "model.layers[0]", "command line");
    check_option(&entries[0], 0, "channels", "8", "command line");
    check_entry(&entries[1], "relu", "model.layers[1]", "command line");
    sidle_settings_done(&settings);
}

static const struct refusal {
    const char *text, *words;
} refusals[] = {
    {"l: [{}]\n", "run.yaml:1:6: 'l[0]' is an empty map, expected one key, the "
                  "kind"},
    {"l:\n  - conv2d:\n    channels: 16\n",
     "run.yaml:3:5: 'l[0]' has two keys, 'conv2d' and 'channels', expected "
     "one, "
     "the kind; begin another entry with '- ', and indent an option of "
     "'conv2d' further"},
    {"l: [{relu: , gelu: }]\n", "'l[0]' has two keys, 'relu' and 'gelu'"},
    {"l: [relu, {conv2d: 16}]\n",
     "run.yaml:1:20: 'l[1].conv2d' is '16', expected a map of options; write "
     "'conv2d: {key: value}'"},
    {"l:\n  - conv2d: channels:16\n",
     "run.yaml:2:13: 'l[0].conv2d' is 'channels:16': a space is missing after "
     "the colon; write 'conv2d: {key: value}'"},
    {"l: [{residual: []}]\n", "'l[0].residual' is an empty list, expected at "
                              "least one entry"},
    {"l: [{residual: [[relu]]}]\n",
     "run.yaml:1:17: 'l[0].residual[0]' is a list in a list"},
    {"l: [{conv2d: {kernel: {y: 3}}}]\n",
     "run.yaml:1:23: 'l[0].conv2d.kernel' is a map, expected a value or a list "
     "of values"},
    {"l: [{conv2d: {kernel: [[3]]}}]\n",
     "run.yaml:1:24: 'l[0].conv2d.kernel' is a list of maps or lists, expected "
     "a list of plain values"},
    {"l: [{conv2d: {kernel: [\"3, 5\"]}}]\n",
     "'l[0].conv2d.kernel': an element contains a comma"},
    {"l: [{conv2d: {kernel: 3,\n  bias: 0, kernel: 5}}]\n",
     "run.yaml:2:12: 'l[0].conv2d.kernel' is set twice, first in line 1"},
    {"l: [{conv2d: &a {kernel: 3}}, *a]\n",
     "run.yaml:1:32: 'l[1]': aliases (*name) are not supported"},
    {"l: [{conv2d: *a}]\n", "'l[0].conv2d': aliases"},
    {"l: [{conv2d: {kernel: *a}}]\n", "'l[0].conv2d.kernel': aliases"},
    {"l: [{conv2d: {<<: *a}}]\n", "'l[0].conv2d.<<': aliases"},
    {"l: [{[a]: 1}]\n", "run.yaml:1:6: a key must be a plain word"},
    {"l: [{\"\": 1}]\n", "a key must have 1 to 255 letters"},
    {"l: [{conv2d: {kernel: \"a\\nb\"}}]\n", "must be one line"},
    {"l:\n\t- relu\n", "run.yaml:2:1: invalid YAML: "},
    {"l:\n  - conv2d:\n\tkernel: 3\n",
     "run.yaml:3:1: invalid YAML: tab character may not be used as "
     "indentation"},
};

TEST(what_is_refused_is_named_with_place_and_path)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        sidle_settings settings = {0};

        assert_int_equal(parse(refusals[i].text, &settings), SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), refusals[i].words) == NULL)
            fail_msg("'%s' answers '%s', not '%s'", refusals[i].text,
                     sidle_fail_text(), refusals[i].words);
    }
}

/* Text that is made n times between two ends. */
static void check_repeated(const char *first, const char *each, int n,
                           const char *last, const char *words)
{
    sidle_settings settings = {0};
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    fputs(first, stream);
    for (int i = 0; i < n; i++)
        fprintf(stream, each, i);
    fputs(last, stream);
    fclose(stream);
    if (words == NULL) {
        assert_int_equal(parse(text, &settings), SIDLE_OK);
        sidle_settings_done(&settings);
    } else {
        assert_int_equal(parse(text, &settings), SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), words) == NULL)
            fail_msg("'%s', not '%s'", sidle_fail_text(), words);
    }
    free(text);
}

TEST(size_and_depth_have_limits)
{
    check_repeated("l: [", "relu, ", 4096, "]\n", NULL);
    check_repeated("l: [", "relu, ", 4097, "]\n",
                   "'l' has more than 4096 entries");
    check_repeated("l: [{residual: [", "{r: }, ", 10000, "]}]\n",
                   "'l' has more than 4096 entries");
    check_repeated("l: ", "[{residual: ", 7, "[relu]}]}]}]}]}]}]}]\n", NULL);
    check_repeated("l: ", "[{residual: ", 8, "[relu]}]}]}]}]}]}]}]}]\n",
                   "'l': more than 8 nested lists");
    check_repeated("l: ", "[{residual: ", 50000, "\n",
                   "'l': more than 8 nested lists");
    check_repeated("l: [{conv2d: {", "k%d: 1, ", 64, "}}]\n", NULL);
    check_repeated("l: [{conv2d: {", "k%d: 1, ", 65, "}}]\n",
                   "'l[0].conv2d' has more than 64 options");
    check_repeated("l: [{", "k%300d: ", 1, "}]\n",
                   "a key must have 1 to 255 letters");
}

/* ---- the way back */

static uint64_t draws;

static int draw(int n)
{
    const sidle_rng rng = {14, sidle_rng_stream("trees", 0)};

    return (int)(sidle_rng_uniform(rng, draws++) * n);
}

/* Words that YAML may take for something else among plain ones. */
static const char *draw_word(void)
{
    static const char *const words[] = {
        "relu", "conv2d", "on", "null", "a b", "x: y",     "- a",
        "#",    "\"",     "\\", "~",    "3",   "true",     "[",
        "{}",   "*a",     "&a", "%",    "@",   "e\xcc\x81"};

    return words[draw(20)];
}

static void draw_option(sidle_spec_entry *entry)
{
    static const char *const texts[] = {"",    "16",  "-1.5e3", "0x10", "yes",
                                        " 1 ", "nan", "1_000",  "false"};
    static const char *const lists[] = {"", "3, 5", "a b, ", ", ", "no, 0.5"};
    sidle_option_text value = {texts[draw(9)], draw(3) == 0, 0};

    if (value.is_list)
        value.text = lists[draw(5)];
    value.is_null = value.text[0] == '\0' && !value.is_list && draw(2);
    sidle_spec_set(entry, draw_word(), &value, "");
}

static void draw_list(sidle_spec_list *list, int depth)
{
    int n = 1 + draw(4);

    for (int i = 0; i < n; i++) {
        sidle_spec_entry *entry = sidle_spec_add(list, draw_word(), "", "");
        int what = draw(depth < 8 ? 3 : 2);

        for (int k = draw(4); what == 1 && k > 0; k--)
            draw_option(entry);
        if (what == 2)
            draw_list(&entry->inner, depth + 1);
    }
}

static void check_back(const sidle_spec_list *list, const char *text)
{
    sidle_settings settings;
    sidle_spec_difference d;

    if (parse(text, &settings) != SIDLE_OK)
        fail_msg("%s\n%s", sidle_fail_text(), text);
    if (sidle_spec_differ(list, &settings.all[0].list, "l", &d))
        fail_msg("%s: '%s' became '%s'\n%s", d.path, d.a, d.b, text);
    sidle_settings_done(&settings);
}

TEST(random_trees_come_back_from_their_text)
{
    for (int round = 0; round < 300; round++) {
        sidle_spec_list list = {0};
        char *text = NULL;
        size_t size = 0;
        FILE *stream = open_memstream(&text, &size);

        draw_list(&list, 1);
        fputs("l:\n", stream);
        sidle_spec_print(&list, 2, stream);
        fclose(stream);
        check_back(&list, text);
        free(text);
        stream = open_memstream(&text, &size);
        fputs("l: [", stream);
        sidle_spec_print_flow(&list, stream);
        fputs("]\n", stream);
        fclose(stream);
        check_back(&list, text);
        free(text);
        sidle_spec_list_done(&list);
    }
}

TEST_MAIN

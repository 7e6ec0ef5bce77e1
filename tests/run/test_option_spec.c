/* test_option_spec.c - model.layers as a list and model.loss: settings onto
 * each other, changes by index, the text in the options, comparisons. */
#include "check.h"

#include "run/expand.h"
#include "run/option_spec.h"

#include <stdlib.h>
#include <string.h>

#define LAYERS                                                                 \
    "model:\n"                                                                 \
    "  layers:\n"                                                              \
    "    - conv2d: {channels: 16, kernel: [3, 5]}\n"                           \
    "    - relu\n"                                                             \
    "    - residual: [conv2d: {channels: 16}, relu]\n"

static void read_settings(const char *text, sidle_settings *settings)
{
    assert_int_equal(
        sidle_settings_parse("run.yaml", text, strlen(text), settings),
        SIDLE_OK);
}

/* A text, and up to three words of the command line behind it. */
static sidle_status apply(const char *text, const char *const *words,
                          sidle_spec *spec)
{
    sidle_settings settings;
    sidle_status status = SIDLE_OK;

    memset(spec, 0, sizeof(*spec));
    read_settings(text, &settings);
    for (int i = 0; i < 3 && words[i] != NULL; i++)
        assert_int_equal(sidle_settings_override(&settings, words[i]),
                         SIDLE_OK);
    for (size_t i = 0; i < settings.n && status == SIDLE_OK; i++) {
        assert_true(sidle_option_spec_takes(&settings.all[i]));
        status = sidle_option_spec_apply(spec, &settings.all[i]);
    }
    sidle_settings_done(&settings);
    return status;
}

static char *text_of(const sidle_spec *spec)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    sidle_spec_print_flow(&spec->layers, stream);
    if (spec->loss.kind != NULL) {
        fputs(" loss ", stream);
        sidle_spec_print_loss(&spec->loss, stream);
    }
    fclose(stream);
    return text;
}

static const struct change {
    const char *text, *words[3], *result;
} changes[] = {
    {"model.layers: [relu]",
     {"model.layers=[{a: {b: 1}}, gelu]"},
     "{a: {b: 1}}, gelu"},
    {LAYERS,
     {"model.layers[1]=gelu", "model.layers[0].channels=8"},
     "{conv2d: {channels: 8, kernel: [3, 5]}}, gelu, {residual: [{conv2d: "
     "{channels: 16}}, relu]}"},
    {LAYERS,
     {"model.layers[0].conv2d.stride=2", "model.layers[0].kernel=[7, 7]",
      "model.layers[2].residual[0].conv2d.channels=4"},
     "{conv2d: {channels: 16, kernel: [7, 7], stride: 2}}, relu, {residual: "
     "[{conv2d: {channels: 4}}, relu]}"},
    {LAYERS,
     {"model.layers[0]=relu", "model.layers[2].residual[1]=tanh"},
     "relu, relu, {residual: [{conv2d: {channels: 16}}, tanh]}"},
    {LAYERS,
     {"model.layers[0]=tanh", "model.layers[0].a=1"},
     "{tanh: {a: 1}}, relu, {residual: [{conv2d: {channels: 16}}, relu]}"},
    {"model.loss: mse", {"model.loss.ahead=2"}, " loss {kind: mse, ahead: 2}"},
    {"model.loss: {ahead: 1, kind: mse}",
     {NULL},
     " loss {kind: mse, ahead: 1}"},
    {"model.loss: {kind: mse, ahead: 1}",
     {"model.loss=cross_entropy"},
     " loss cross_entropy"},
    {"model.loss: {kind: mse, ahead: 1}",
     {"model.loss.kind=cross_entropy"},
     " loss cross_entropy"},
    {"model.loss: {kind: mse, ahead: 1}",
     {"model.loss.kind=mse"},
     " loss {kind: mse, ahead: 1}"},
    {"model.loss: {kind: mse, ahead: 1}",
     {"model.loss={ahead: 3}"},
     " loss {kind: mse, ahead: 3}"},
    {"model.loss: mse\n",
     {"model.loss={kind: cross_entropy}"},
     " loss cross_entropy"},
    {"model:\n  loss:\n", {NULL}, ""},
};

TEST(later_settings_change_what_stood)
{
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        sidle_spec spec;
        char *text;

        if (apply(changes[i].text, changes[i].words, &spec) != SIDLE_OK)
            fail_msg("%s", sidle_fail_text());
        text = text_of(&spec);
        assert_string_equal(text, changes[i].result);
        free(text);
        sidle_spec_done(&spec);
    }
}

static const struct refusal {
    const char *text, *word, *words;
} refusals[] = {
    {"model.layers: []", NULL,
     "run.yaml:1: 'model.layers' is an empty list, expected at least one "
     "layer"},
    {"model.layers: {conv2d: {channels: 3}}", NULL,
     "run.yaml:1: 'model.layers.conv2d.channels' is in a map, expected a list; "
     "begin each layer with '- '"},
    {LAYERS, "model.layers[3]=relu",
     "command line: 'model.layers[3]' is no entry of the list, which has 3, "
     "from [0] to [2]"},
    {LAYERS, "model.layers[99999999999999999999].a=1", "is no entry of the"},
    {LAYERS, "model.layers[-1]=relu", "'model.layers[-1]' has no index; write"},
    {LAYERS, "model.layers[]=relu", "has no index"},
    {LAYERS, "model.layers[1x]=relu", "has no index"},
    {LAYERS, "model.layers[1]channels=3", "has no key after the index"},
    {LAYERS, "model.layers[1].=3", "has no key after the index"},
    {LAYERS, "model.layers[1]=[a, b]",
     "is a list, expected the name of a "
     "kind"},
    {LAYERS, "model.layers[1]=", "is empty, expected the name of a kind"},
    {LAYERS, "model.layers[1].relu[0]=gelu", "changes a list that is not set"},
    {"model.loss: mse", "model.layers[1]=gelu", "changes a list that is not"},
    {"model.loss: [mse]", NULL, "'model.loss' is a list, expected the name"},
    {"model.loss: ''", NULL, "'model.loss' is empty, expected the name of a"},
    {"model.loss: {kind: }", NULL, "'model.loss.kind' is empty, expected the"},
};

TEST(what_is_wrong_is_named_with_its_place)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
        const char *const words[3] = {refusals[i].word};
        sidle_spec spec;

        assert_int_equal(apply(refusals[i].text, words, &spec), SIDLE_EUSAGE);
        if (strstr(sidle_fail_text(), refusals[i].words) == NULL)
            fail_msg("'%s' answers '%s', not '%s'",
                     words[0] != NULL ? words[0] : refusals[i].text,
                     sidle_fail_text(), refusals[i].words);
        sidle_spec_done(&spec);
    }
}

TEST(an_option_that_is_changed_stands_on_the_command_line)
{
    static const char *const words[3] = {"model.layers[0].channels=x"};
    sidle_spec spec;

    assert_int_equal(apply(LAYERS, words, &spec), SIDLE_OK);
    sidle_spec_fail(&spec.layers.entries[0], "channels", "is wrong");
    assert_string_equal(sidle_fail_text(), "command line: "
                                           "'model.layers[0].conv2d.channels' "
                                           "is wrong");
    sidle_spec_fail(&spec.layers.entries[0], "kernel", "is wrong");
    assert_non_null(strstr(sidle_fail_text(), "run.yaml:3:30: "));
    sidle_spec_done(&spec);
}

TEST(options_keep_a_specification_as_text)
{
    static const char *const words[3] = {"model.loss={kind: mse, ahead: 2}"};
    static sidle_options options;
    sidle_spec spec, back;
    char *text, *again;

    assert_int_equal(apply(LAYERS, words, &spec), SIDLE_OK);
    assert_int_equal(sidle_option_spec_put(&options, &spec), SIDLE_OK);
    sidle_option_spec_get(&options, &back);
    text = text_of(&spec);
    again = text_of(&back);
    assert_string_equal(text, again);
    assert_string_equal(back.layers.entries[2].inner.entries[1].path,
                        "model.layers[2].residual[1]");
    sidle_spec_fail(&back.loss, "ahead", "is wrong");
    assert_string_equal(sidle_fail_text(), "'model.loss.ahead' is wrong");
    free(text);
    free(again);
    sidle_spec_done(&spec);
    sidle_spec_done(&back);
    assert_int_equal(sidle_option_spec_put(&options, &spec), SIDLE_OK);
    sidle_option_spec_get(&options, &back);
    assert_true(back.layers.n == 0 && back.loss.kind == NULL);
}

TEST(a_specification_that_options_have_no_room_for_is_refused)
{
    static sidle_options options;
    sidle_spec spec = {0};
    char kind[128];

    memset(kind, 'k', sizeof(kind));
    kind[sizeof(kind) - 1] = '\0';
    for (int i = 0; i < SIDLE_SPEC_MAX_ENTRIES; i++)
        sidle_spec_add(&spec.layers, kind, "", "");
    assert_int_equal(sidle_option_spec_put(&options, &spec), SIDLE_EUSAGE);
    assert_non_null(strstr(sidle_fail_text(), "'model.layers' takes more than "
                                              "262143 bytes as text"));
    sidle_spec_done(&spec);
}

TEST(variables_stand_in_lists_too)
{
    sidle_settings settings;
    char *text;
    sidle_spec spec = {0};

    setenv("CHANNELS", "24", 1);
    read_settings("model.layers: [{conv2d: {channels: \"${CHANNELS}\"}}]",
                  &settings);
    assert_int_equal(sidle_expand(&settings, 0), SIDLE_OK);
    assert_int_equal(sidle_option_spec_apply(&spec, &settings.all[0]),
                     SIDLE_OK);
    text = text_of(&spec);
    assert_string_equal(text, "{conv2d: {channels: 24}}");
    free(text);
    sidle_spec_done(&spec);
    sidle_settings_done(&settings);
}

#define TWO "model.layers: [linear: {width: 3}, layer_norm: {eps: 1e-3}]\n"

static const struct pair {
    const char *a, *b, *path, *has_a, *has_b;
} pairs[] = {
    {TWO, TWO, NULL, NULL, NULL},
    {TWO,
     "model.layers: [linear: {width: 0x3, bias: True}, layer_norm: {eps: "
     "1.0E-3}]",
     NULL, NULL, NULL},
    {TWO "model.loss: mse", TWO "model.loss: {kind: mse, ahead: 0}", NULL, NULL,
     NULL},
    {TWO, "model.layers: [relu]", "model.layers[0]", "linear", "relu"},
    {TWO, "model.layers: [linear: {width: 3}, layer_norm]",
     "model.layers[1].layer_norm.eps", "0.001", "1.0e-05"},
    {TWO, "model.layers: [linear: {width: 3}]", "model.layers[1]", "layer_norm",
     "(not set)"},
    {"model.loss: mse", "model.loss: {kind: mse, ahead: 1}", "model.loss.ahead",
     "0", "1"},
    {"model.loss: mse", "model.layers: [relu]", "model.layers[0]", "(not set)",
     "relu"},
    {"model.loss: mse", "run.seed: 1", "model.loss", "mse", "(not set)"},
    {"run.seed: 1", "run.seed: 2", NULL, NULL, NULL},
};

TEST(the_first_difference_of_two_configurations_is_named)
{
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        const struct pair *pair = &pairs[i];
        sidle_spec_difference d;
        sidle_settings a, b;
        int is_different;

        read_settings(pair->a, &a);
        read_settings(pair->b, &b);
        assert_int_equal(sidle_option_spec_compare(&a, &b, &is_different, &d),
                         SIDLE_OK);
        assert_int_equal(is_different, pair->path != NULL);
        if (is_different) {
            assert_string_equal(d.path, pair->path);
            assert_string_equal(d.a, pair->has_a);
            assert_string_equal(d.b, pair->has_b);
        }
        sidle_settings_done(&a);
        sidle_settings_done(&b);
    }
}

TEST_MAIN

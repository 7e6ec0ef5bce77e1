/* test_show_config.c - a configuration as JSON: sections, lists and networks.
 */
#include "check.h"

#include "cli/show_config.h"

#include <stdlib.h>
#include <string.h>

static void check(const char *yaml, const char *expected)
{
    sidle_json *json;
    char *text = NULL, *to;
    size_t size = 0;
    FILE *stream = open_memstream(&text, &size);

    assert_int_equal(sidle_json_new(&json), SIDLE_OK);
    sidle_show_config_json(yaml, json);
    assert_int_equal(sidle_json_print(json, stream), SIDLE_OK);
    fclose(stream);
    to = text;
    for (const char *at = text; *at != '\0'; at++) /* however it is spaced */
        if (*at != ' ' && *at != '\n')
            *to++ = *at;
    *to = '\0';
    assert_string_equal(text, expected);
    free(text);
}

TEST(sections_are_objects_and_types_stay)
{
    check("run: {name: \"12\", steps: 5}\noptim: {lr: 1, nesterov: true}\n"
          "parallel: {partition: final}\nmodel: {position_sizes: [66, 5]}\n",
          "{\"config\":{\"run\":{\"name\":\"12\",\"steps\":5},\"optim\":{"
          "\"lr\":1,\"nesterov\":true},\"parallel\":{\"partition\":[\"final\"]}"
          ",\"model\":{\"position_sizes\":[66,5]}}}");
}

TEST(a_network_is_a_list_of_objects)
{
    check("model:\n"
          "  kind: layers\n"
          "  layers:\n"
          "    - conv2d: {channels: 8, kernel: [3, 5], bias: true}\n"
          "    - residual: [relu, residual: [linear: {width: 3}]]\n"
          "  loss: {kind: mse, ahead: 2}\n"
          "data: {kind: video}\n",
          "{\"config\":{\"model\":{\"kind\":\"layers\",\"layers\":[{\"conv2d\":"
          "{\"channels\":8,\"kernel\":[3,5],\"bias\":true}},{\"residual\":[{"
          "\"relu\":{}},{\"residual\":[{\"linear\":{\"width\":3}}]}]}],\"loss"
          "\":{\"kind\":\"mse\",\"ahead\":2}},\"data\":{\"kind\":\"video\"}}}");
}

TEST(what_is_no_configuration_stays_text)
{
    check("a: [", "{\"config\":null,\"config_text\":\"a:[\"}");
}

TEST_MAIN

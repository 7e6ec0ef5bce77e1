/* show_config.c - a configuration, as it stands in a file, for programs. */
#include "cli/show_config.h"

#include "base/text.h"
#include "run/option_table.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int is_number(sidle_option_type type)
{
    return type == SIDLE_OPTION_INT || type == SIDLE_OPTION_SIZE ||
           type == SIDLE_OPTION_REAL;
}

/* A whole number stays one where a real is expected, as it stands there. */
static void put_scalar(sidle_json *json, const char *key, const char *text,
                       const sidle_option *row)
{
    int is_unknown = row == NULL;
    int64_t whole;
    double real;

    if ((is_unknown || is_number(row->type)) && sidle_text_int(text, &whole))
        sidle_json_int(json, key, whole);
    else if ((is_unknown || is_number(row->type)) &&
             sidle_text_real(text, &real))
        sidle_json_real(json, key, real);
    else if ((is_unknown || row->type == SIDLE_OPTION_FLAG) &&
             (strcasecmp(text, "true") == 0 || strcasecmp(text, "false") == 0))
        sidle_json_flag(json, key, strcasecmp(text, "true") == 0);
    else
        sidle_json_text(json, key, text);
}

/* The words of "a, b, c"; cuts it. */
static int cut_list(char *text, const char **words)
{
    char *rest = NULL;
    int n = 0;

    for (char *word = strtok_r(text, ", ", &rest); word != NULL;
         word = strtok_r(NULL, ", ", &rest))
        words[n++] = word;
    return n;
}

static void put_list(sidle_json *json, const char *key, const char *value)
{
    size_t size = strlen(value) + 1;
    char *text = malloc(size);
    const char **words = calloc(size, sizeof(*words));
    int64_t *numbers = calloc(size, sizeof(*numbers));
    int n, n_numbers = 0;

    SIDLE_CHECK(text != NULL && words != NULL && numbers != NULL,
                "no memory for a list");
    memcpy(text, value, size);
    n = cut_list(text, words);
    while (n_numbers < n &&
           sidle_text_int(words[n_numbers], &numbers[n_numbers]))
        n_numbers++;
    if (n_numbers == n)
        sidle_json_ints(json, key, numbers, n);
    else
        sidle_json_texts(json, key, words, n);
    free(numbers);
    free(words);
    free(text);
}

/* A partition of one block is dumped as a word. */
static int is_list(const sidle_setting *setting, const sidle_option *row)
{
    return setting->is_list ||
           (row != NULL && row->type == SIDLE_OPTION_NAMES &&
            strcmp(setting->value, "auto") != 0) ||
           (row != NULL && row->type == SIDLE_OPTION_SIZES);
}

static void put_setting(sidle_json *json, const sidle_setting *setting,
                        const char *key)
{
    const sidle_option *row = sidle_option_find(setting->path);

    if (is_list(setting, row))
        put_list(json, key, setting->value);
    else
        put_scalar(json, key, setting->value, row);
}

/* Bytes of the section's name; 0: none. */
static size_t section_of(const char *path)
{
    const char *dot = strchr(path, '.');

    return dot != NULL ? (size_t)(dot - path) : 0;
}

static void begin_section(sidle_json *json, const char *path, size_t n)
{
    char *name = strndup(path, n);

    SIDLE_CHECK(name != NULL, "no memory for a name");
    sidle_json_begin_object(json, name);
    free(name);
}

static void put_settings(sidle_json *json, const sidle_settings *settings)
{
    const char *open = "";
    size_t n_open = 0;

    sidle_json_begin_object(json, "config");
    for (size_t i = 0; i < settings->n; i++) {
        const char *path = settings->all[i].path;
        size_t n = section_of(path);

        if (n != n_open || strncmp(path, open, n) != 0) {
            if (n_open > 0)
                sidle_json_end_object(json);
            if (n > 0)
                begin_section(json, path, n);
            open = path;
            n_open = n;
        }
        put_setting(json, &settings->all[i], path + n + (n > 0));
    }
    if (n_open > 0)
        sidle_json_end_object(json);
    sidle_json_end_object(json);
}

void sidle_show_config_json(const char *yaml, sidle_json *json)
{
    sidle_settings settings = {0};

    if (sidle_settings_parse("/config", yaml, strlen(yaml), &settings) ==
        SIDLE_OK) {
        put_settings(json, &settings);
    } else {
        sidle_json_null(json, "config");
        sidle_json_text(json, "config_text", yaml);
    }
    sidle_settings_done(&settings);
}

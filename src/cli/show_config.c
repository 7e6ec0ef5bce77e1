/* show_config.c - a configuration, as it stands in a file, for programs. */
#include "cli/show_config.h"

#include "base/text.h"
#include "run/option_table.h"
#include "run/options.h"

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

static void put_entries(sidle_json *json, const char *key,
                        const sidle_spec_list *list);

/* {"conv2d": {"channels": 16}}, {"residual": [..]}. */
static void put_entry(sidle_json *json, const sidle_spec_entry *entry)
{
    sidle_json_item(json);
    if (entry->inner.n > 0) {
        put_entries(json, entry->kind, &entry->inner);
        return;
    }
    sidle_json_begin_object(json, entry->kind);
    for (size_t i = 0; i < entry->n_options; i++) {
        const sidle_spec_option *option = &entry->options[i];

        if (option->is_list)
            put_list(json, option->key, option->text);
        else
            put_scalar(json, option->key, option->text, NULL);
    }
    sidle_json_end_object(json);
}

static void put_entries(sidle_json *json, const char *key,
                        const sidle_spec_list *list)
{
    sidle_json_begin_list(json, key);
    for (size_t i = 0; i < list->n; i++)
        put_entry(json, &list->entries[i]);
    sidle_json_end_list(json);
}

static void put_setting(sidle_json *json, const sidle_setting *setting,
                        const char *key)
{
    const sidle_option *row = sidle_option_find(setting->path);

    if (setting->is_list && strcmp(setting->path, "model.layers") == 0)
        put_entries(json, key, &setting->list);
    else if (is_list(setting, row))
        put_list(json, key, setting->value);
    else
        put_scalar(json, key, setting->value, row);
}

/* Bytes of the sections in front of a key with the point behind them. */
static size_t section_of(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL ? (size_t)(dot - path) + 1 : 0;
}

/* Bytes of the sections that two paths have in common. */
static size_t in_common(const char *a, size_t n_a, const char *b, size_t n_b)
{
    size_t n = 0;

    for (size_t i = 0; i < n_a && i < n_b && a[i] == b[i]; i++)
        n = a[i] == '.' ? i + 1 : n;
    return n;
}

static void end_sections(sidle_json *json, const char *path, size_t from,
                         size_t to)
{
    for (size_t i = from; i < to; i++)
        if (path[i] == '.')
            sidle_json_end_object(json);
}

static void begin_sections(sidle_json *json, const char *path, size_t from,
                           size_t to)
{
    while (from < to) {
        size_t n = strcspn(path + from, ".");
        char *name = strndup(path + from, n);

        SIDLE_CHECK(name != NULL, "no memory for a name");
        sidle_json_begin_object(json, name);
        free(name);
        from += n + 1;
    }
}

static void put_settings(sidle_json *json, const sidle_settings *settings)
{
    const char *open = "";
    size_t n_open = 0;

    sidle_json_begin_object(json, "config");
    for (size_t i = 0; i < settings->n; i++) {
        const char *path = settings->all[i].path;
        size_t n = section_of(path);
        size_t n_common = in_common(open, n_open, path, n);

        end_sections(json, open, n_common, n_open);
        begin_sections(json, path, n_common, n);
        open = path;
        n_open = n;
        put_setting(json, &settings->all[i], path + n);
    }
    end_sections(json, open, 0, n_open);
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

/* config.c - YAML to settings: maps become dotted paths, a list one setting. */
#include "io/config.h"

#include "base/utf8.h"
#include "io/yaml.h"
#include "io/yaml_list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 4096
#define PATH_SIZE 256
#define DEPTH_MAX 8

struct key {
    char *path;
    int line;
};

struct reader {
    sidle_yaml yaml;
    const char *file; /* of the settings; NULL: settings->file */
    sidle_settings *settings;
    struct key *keys; /* all that stood so far, sections too */
    size_t n_keys;
};

static void *must_have(void *memory)
{
    SIDLE_CHECK(memory != NULL, "no memory for the configuration");
    return memory;
}

static sidle_setting *append(struct reader *reader, const char *path,
                             char *value, int line)
{
    sidle_settings *settings = reader->settings;
    sidle_setting *setting;

    settings->all = must_have(
        realloc(settings->all, (settings->n + 1) * sizeof(*settings->all)));
    setting = &settings->all[settings->n++];
    memset(setting, 0, sizeof(*setting));
    setting->path = must_have(strdup(path));
    setting->value = value;
    setting->file = reader->file != NULL ? reader->file : settings->file;
    if (reader->file == NULL) {
        setting->line = line;
        setting->value_line = reader->yaml.line;
    }
    return setting;
}

static sidle_status remember_key(struct reader *reader, const char *path)
{
    for (size_t i = 0; i < reader->n_keys; i++)
        if (strcmp(reader->keys[i].path, path) == 0)
            return sidle_yaml_fail(&reader->yaml,
                                   "'%s' is set twice, first in line %d", path,
                                   reader->keys[i].line);
    if (reader->n_keys == KEYS_MAX)
        return sidle_yaml_fail(&reader->yaml, "more than %d keys", KEYS_MAX);
    reader->keys = must_have(
        realloc(reader->keys, (reader->n_keys + 1) * sizeof(*reader->keys)));
    reader->keys[reader->n_keys].path = must_have(strdup(path));
    reader->keys[reader->n_keys++].line = reader->yaml.line;
    return SIDLE_OK;
}

static sidle_status read_list(struct reader *reader, const char *path, int line)
{
    sidle_spec_list list = {0};
    sidle_setting *setting;
    sidle_status status =
        sidle_yaml_list(&reader->yaml, path, reader->file, &list);

    if (status != SIDLE_OK) {
        sidle_spec_list_done(&list);
        return status;
    }
    setting = append(reader, path, sidle_yaml_list_text(&list), line);
    setting->is_list = 1;
    setting->has_maps = sidle_yaml_has_maps(&list);
    setting->list = list;
    return SIDLE_OK;
}

static sidle_status read_map(struct reader *reader, const char *path,
                             int depth);

/* The value whose first event is the present one. */
static sidle_status read_value(struct reader *reader, const char *path,
                               int line, int depth)
{
    char *value;
    int is_null;

    switch (reader->yaml.event) {
    case SIDLE_YAML_SCALAR:
        SIDLE_TRY(sidle_yaml_scalar(&reader->yaml, &value, &is_null));
        append(reader, path, value, line)->is_null = is_null;
        return SIDLE_OK;
    case SIDLE_YAML_LIST:
        return read_list(reader, path, line);
    case SIDLE_YAML_MAP:
        if (depth == DEPTH_MAX)
            return sidle_yaml_fail(&reader->yaml,
                                   "'%s': more than %d nested maps", path,
                                   DEPTH_MAX);
        return read_map(reader, path, depth + 1);
    default:
        return sidle_yaml_fail(&reader->yaml,
                               "'%s': aliases (*name) are not supported; write "
                               "the value itself",
                               path);
    }
}

static sidle_status read_key(struct reader *reader, const char *parent,
                             char path[PATH_SIZE])
{
    char *key;
    int n, is_null;

    if (reader->yaml.event != SIDLE_YAML_SCALAR)
        return sidle_yaml_fail(&reader->yaml, "a key must be a plain word");
    SIDLE_TRY(sidle_yaml_scalar(&reader->yaml, &key, &is_null));
    n = snprintf(path, PATH_SIZE, "%s%s%s", parent,
                 parent[0] != '\0' ? "." : "", key);
    if (key[0] == '\0' || n >= PATH_SIZE) {
        free(key);
        return sidle_yaml_fail(&reader->yaml, "a key must have 1 to %d letters",
                               PATH_SIZE - 1);
    }
    free(key);
    return remember_key(reader, path);
}

static sidle_status read_map(struct reader *reader, const char *path, int depth)
{
    char child[PATH_SIZE];

    for (;;) {
        int line;

        SIDLE_TRY(sidle_yaml_next(&reader->yaml));
        if (reader->yaml.event == SIDLE_YAML_MAP_END)
            return SIDLE_OK;
        SIDLE_TRY(read_key(reader, path, child));
        line = reader->yaml.line;
        SIDLE_TRY(sidle_yaml_next(&reader->yaml));
        SIDLE_TRY(read_value(reader, child, line, depth));
    }
}

/* The one document of a file: a map, or nothing. */
static sidle_status read_file(struct reader *reader)
{
    char why[256];

    SIDLE_TRY(sidle_yaml_next(&reader->yaml));
    SIDLE_TRY(sidle_yaml_next(&reader->yaml));
    if (reader->yaml.event == SIDLE_YAML_END)
        return SIDLE_OK;
    SIDLE_TRY(sidle_yaml_next(&reader->yaml));
    if (reader->yaml.event == SIDLE_YAML_MAP)
        SIDLE_TRY(read_map(reader, "", 0));
    else if (reader->yaml.event != SIDLE_YAML_SCALAR ||
             sidle_yaml_is_written(&reader->yaml)) {
        sidle_yaml_explain(reader->yaml.text, reader->yaml.line, why,
                           sizeof(why));
        return sidle_yaml_fail(&reader->yaml,
                               "expected 'key: value' lines, as in "
                               "'run: {steps: 1000}'%s",
                               why);
    }
    SIDLE_TRY(sidle_yaml_next(&reader->yaml));
    SIDLE_TRY(sidle_yaml_next(&reader->yaml));
    if (reader->yaml.event != SIDLE_YAML_END)
        return sidle_yaml_fail(&reader->yaml,
                               "a second document starts here, expected one");
    return SIDLE_OK;
}

/* "[a, b]" or "{a: b}" of the command line, as the value of `path`. */
static sidle_status read_flow(struct reader *reader, const char *path)
{
    for (int i = 0; i < 3; i++)
        SIDLE_TRY(sidle_yaml_next(&reader->yaml));
    SIDLE_TRY(read_value(reader, path, 0, 0));
    for (int i = 0; i < 2; i++)
        SIDLE_TRY(sidle_yaml_next(&reader->yaml));
    if (reader->yaml.event != SIDLE_YAML_END)
        return sidle_yaml_fail(&reader->yaml, "'%s': more than one value",
                               path);
    return SIDLE_OK;
}

/* `path` NULL: a file. */
static sidle_status parse(struct reader *reader, const char *name,
                          const char *path, const char *text)
{
    sidle_status status = sidle_yaml_open(&reader->yaml, name, text);

    if (status == SIDLE_OK)
        status = path == NULL ? read_file(reader) : read_flow(reader, path);
    sidle_yaml_close(&reader->yaml);
    for (size_t i = 0; i < reader->n_keys; i++)
        free(reader->keys[i].path);
    free(reader->keys);
    return status;
}

sidle_status sidle_settings_parse(const char *name, const char *text,
                                  size_t size, sidle_settings *settings)
{
    sidle_settings fresh = {0};
    struct reader reader = {.settings = &fresh};
    sidle_status status;
    char *copy;

    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* a byte order mark, as editors on Windows leave it */
        size -= 3;
    }
    SIDLE_TRY(sidle_yaml_check(name, text, size));
    fresh.file = must_have(strdup(name));
    copy = must_have(strndup(text, size));
    status = parse(&reader, name, NULL, copy);
    free(copy);
    if (status != SIDLE_OK) {
        sidle_settings_done(&fresh);
        return status;
    }
    *settings = fresh;
    return SIDLE_OK;
}

sidle_status sidle_settings_override(sidle_settings *settings,
                                     const char *assignment)
{
    struct reader reader = {.file = "command line", .settings = settings};
    const char *equals = strchr(assignment, '=');
    size_t size = strlen(assignment), at;
    char path[PATH_SIZE], words[128];

    if (equals == NULL || equals == assignment ||
        equals - assignment >= PATH_SIZE)
        return sidle_fail(SIDLE_EUSAGE,
                          "command line: '%s' is not an assignment; write "
                          "key=value, as in optim.lr=3e-4",
                          assignment);
    at = sidle_not_text(assignment, size, "");
    if (at != size) {
        sidle_yaml_stranger(assignment + at, size - at, words, sizeof(words));
        return sidle_fail(SIDLE_EUSAGE, "command line: after '%.*s': %s",
                          (int)at, assignment, words);
    }
    snprintf(path, sizeof(path), "%.*s", (int)(equals - assignment),
             assignment);
    if (equals[1] == '[' || equals[1] == '{')
        return parse(&reader, reader.file, path, equals + 1);
    append(&reader, path, must_have(strdup(equals + 1)), 0);
    return SIDLE_OK;
}

void sidle_setting_place(const sidle_setting *setting, char *out, size_t size)
{
    if (setting->line > 0)
        snprintf(out, size, "%s:%d", setting->file, setting->line);
    else
        snprintf(out, size, "%s", setting->file);
}

void sidle_settings_done(sidle_settings *settings)
{
    for (size_t i = 0; i < settings->n; i++) {
        free(settings->all[i].path);
        free(settings->all[i].value);
        sidle_spec_list_done(&settings->all[i].list);
    }
    free(settings->all);
    free(settings->file);
    memset(settings, 0, sizeof(*settings));
}

/* config.c - YAML to settings, event by event.
 *
 * The events of the parser are read, not its documents: no alias is ever
 * followed and nothing is built that a small file could make huge. The text is
 * looked through before the library sees it. */
#include "io/config.h"

#include "base/utf8.h"

#include <errno.h>
#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_MAX ((size_t)1 << 20)
#define KEYS_MAX 4096
#define PATH_SIZE 256
#define DEPTH_MAX 8

struct key {
    char *path;
    int line;
};

struct reader {
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct fy_event *event; /* the present one */
    int line, column;       /* where it starts, from 1 */
    const char *name;       /* in messages */
    char *text;             /* what is parsed, up to a 0 */
    const char *file;       /* of the settings; NULL: settings->file */
    sidle_settings *settings;
    struct key *keys; /* all that stood so far, sections too */
    size_t n_keys;
};

static void *must_have(void *memory)
{
    SIDLE_CHECK(memory != NULL, "no memory for the configuration");
    return memory;
}

static sidle_status fail_at(const struct reader *reader, const char *format,
                            ...) __attribute__((format(printf, 2, 3)));

static sidle_status fail_at(const struct reader *reader, const char *format,
                            ...)
{
    va_list args;
    char text[1024];

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return sidle_fail(SIDLE_EUSAGE, "%s:%d:%d: %s", reader->name, reader->line,
                      reader->column, text);
}

/* ---- what may stand in a file at all */

/* In words: what stands where no text is. */
static void name_stranger(const char *text, size_t size, char *out, size_t room)
{
    unsigned code = 0;

    if (sidle_character(text, size, &code) > 1)
        snprintf(out, room,
                 "the character U+%04X cannot be seen or has no meaning: "
                 "remove it",
                 code);
    else
        snprintf(out, room, "byte 0x%02x is not text in UTF-8",
                 (unsigned char)*text);
}

static sidle_status check_text(const char *name, const char *text, size_t size)
{
    size_t at = sidle_not_text(text, size, "\t\n\r");
    char words[128];
    int line = 1;

    if (size > FILE_MAX)
        return sidle_fail(SIDLE_EUSAGE,
                          "%s: more than %zu bytes, which is no configuration",
                          name, FILE_MAX);
    if (at == size)
        return SIDLE_OK;
    for (size_t i = 0; i < at; i++)
        line += text[i] == '\n';
    name_stranger(text + at, size - at, words, sizeof(words));
    return sidle_fail(SIDLE_EUSAGE, "%s:%d: %s; a configuration is a YAML file",
                      name, line, words);
}

/* ---- the list */

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
        setting->value_line = reader->line;
    }
    return setting;
}

static sidle_status remember_key(struct reader *reader, const char *path)
{
    for (size_t i = 0; i < reader->n_keys; i++)
        if (strcmp(reader->keys[i].path, path) == 0)
            return fail_at(reader, "'%s' stands here again, first in line %d",
                           path, reader->keys[i].line);
    if (reader->n_keys == KEYS_MAX)
        return fail_at(reader, "more than %d keys", KEYS_MAX);
    reader->keys = must_have(
        realloc(reader->keys, (reader->n_keys + 1) * sizeof(*reader->keys)));
    reader->keys[reader->n_keys].path = must_have(strdup(path));
    reader->keys[reader->n_keys++].line = reader->line;
    return SIDLE_OK;
}

/* ---- events */

int sidle_lacks_blank(const char *text)
{
    size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz"
                            "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.");

    return n > 0 && text[n] == ':' && text[n + 1] != '\0' &&
           strchr(" \t\r\n", text[n + 1]) == NULL;
}

/* Whether the line holds a character that looks as if there were none. */
static int explain_unseen(const char *text, int line, char *out, size_t size)
{
    size_t left = strcspn(text, "\n"), n;
    unsigned code = 0;

    for (; left > 0; text += n, left -= n) {
        n = sidle_character(text, left, &code);
        if (n == 0)
            return 0;
        if (n == 1 || !sidle_is_unseen(code))
            continue;
        snprintf(out, size,
                 "; line %d holds the character U+%04X, which cannot be seen: "
                 "remove it",
                 line, code);
        return 1;
    }
    return 0;
}

/* Frequent reasons, which the library never names: in what line up to `last` a
 * blank is missing behind a key's colon; what stands in that line unseen. */
static void explain(const char *text, int last, char *out, size_t size)
{
    out[0] = '\0';
    if (text != NULL && strstr(text, "${") != NULL)
        snprintf(out, size,
                 "; inside braces a value with ${NAME} stands in quotes");
    for (int line = 1; line <= last && text != NULL; line++) {
        text += strspn(text, " ");
        if (sidle_lacks_blank(text)) {
            snprintf(out, size,
                     "; in line %d a blank is missing behind the colon of "
                     "'%.*s'",
                     line, (int)strcspn(text, " \t\r\n"), text);
            return;
        }
        if (line == last && explain_unseen(text, line, out, size))
            return;
        text = strchr(text, '\n');
        text = text != NULL ? text + 1 : NULL;
    }
}

static sidle_status what_the_library_says(struct reader *reader)
{
    void *at = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(reader->diag, &at);
    char why[256];

    if (error == NULL)
        return fail_at(reader, "not YAML");
    if (strstr(error->msg, "cannot start with") != NULL) /* %j, @x */
        snprintf(why, sizeof(why), "; put such a value into quotes");
    else
        explain(reader->text, error->line, why, sizeof(why));
    return sidle_fail(SIDLE_EUSAGE, "%s:%d:%d: not YAML: %s%s", reader->name,
                      error->line, error->column, error->msg, why);
}

static sidle_status next_event(struct reader *reader)
{
    const struct fy_mark *mark;

    if (reader->event != NULL)
        fy_parser_event_free(reader->parser, reader->event);
    reader->event = fy_parser_parse(reader->parser);
    if (reader->event == NULL)
        return what_the_library_says(reader);
    mark = fy_event_start_mark(reader->event);
    if (mark != NULL) {
        reader->line = mark->line + 1;
        reader->column = mark->column + 1;
    }
    return SIDLE_OK;
}

/* As YAML's core schema spells it. */
static int is_null_word(const char *text, size_t size)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == size && memcmp(words[i], text, size) == 0)
            return 1;
    return 0;
}

/* The text of a scalar; an empty plain one, ~ and null are empty text. */
static sidle_status scalar_text(struct reader *reader, char **text_p,
                                int *is_null_p)
{
    struct fy_token *token = fy_event_get_token(reader->event);
    size_t size = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &size) : "";

    if (text == NULL || sidle_not_text(text, size, "") != size)
        return fail_at(reader, "a key or value must be one line, without "
                               "control characters");
    *is_null_p = token == NULL || (fy_token_scalar_style(token) == FYSS_PLAIN &&
                                   is_null_word(text, size));
    *text_p = must_have(strndup(text, *is_null_p ? 0 : size));
    return SIDLE_OK;
}

static sidle_status read_list(struct reader *reader, const char *path, int line)
{
    char *value = NULL, *element = NULL;
    size_t size = 0;
    FILE *stream = must_have(open_memstream(&value, &size));
    sidle_status status;
    int n = 0, is_null;

    while ((status = next_event(reader)) == SIDLE_OK &&
           reader->event->type == FYET_SCALAR) {
        status = scalar_text(reader, &element, &is_null);
        if (status != SIDLE_OK)
            break;
        if (strchr(element, ',') != NULL)
            status = fail_at(reader, "'%s': an element holds a comma", path);
        fprintf(stream, "%s%s", n++ > 0 ? ", " : "", element);
        free(element);
        if (status != SIDLE_OK)
            break;
    }
    fclose(stream);
    if (status == SIDLE_OK && reader->event->type != FYET_SEQUENCE_END)
        status = fail_at(reader,
                         "'%s' is a list of maps or lists, which is not "
                         "available in this version: a list holds plain values",
                         path);
    if (status != SIDLE_OK) {
        free(value);
        return status;
    }
    append(reader, path, must_have(value), line)->is_list = 1;
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

    switch (reader->event->type) {
    case FYET_SCALAR:
        SIDLE_TRY(scalar_text(reader, &value, &is_null));
        append(reader, path, value, line)->is_null = is_null;
        return SIDLE_OK;
    case FYET_SEQUENCE_START:
        return read_list(reader, path, line);
    case FYET_MAPPING_START:
        if (depth == DEPTH_MAX)
            return fail_at(reader, "'%s': more than %d maps inside each other",
                           path, DEPTH_MAX);
        return read_map(reader, path, depth + 1);
    default:
        return fail_at(reader,
                       "'%s': aliases (*name) are not read here; write "
                       "the value itself",
                       path);
    }
}

static sidle_status read_key(struct reader *reader, const char *parent,
                             char path[PATH_SIZE])
{
    char *key;
    int n, is_null;

    if (reader->event->type != FYET_SCALAR)
        return fail_at(reader, "a key must be a plain word");
    SIDLE_TRY(scalar_text(reader, &key, &is_null));
    n = snprintf(path, PATH_SIZE, "%s%s%s", parent,
                 parent[0] != '\0' ? "." : "", key);
    if (key[0] == '\0' || n >= PATH_SIZE) {
        free(key);
        return fail_at(reader, "a key must have 1 to %d letters",
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

        SIDLE_TRY(next_event(reader));
        if (reader->event->type == FYET_MAPPING_END)
            return SIDLE_OK;
        SIDLE_TRY(read_key(reader, path, child));
        line = reader->line;
        SIDLE_TRY(next_event(reader));
        SIDLE_TRY(read_value(reader, child, line, depth));
    }
}

/* The one document of a file: a map, or nothing. */
static sidle_status read_file(struct reader *reader)
{
    char why[256];

    SIDLE_TRY(next_event(reader));
    SIDLE_TRY(next_event(reader));
    if (reader->event->type == FYET_STREAM_END)
        return SIDLE_OK;
    SIDLE_TRY(next_event(reader));
    if (reader->event->type == FYET_MAPPING_START)
        SIDLE_TRY(read_map(reader, "", 0));
    else if (reader->event->type != FYET_SCALAR ||
             fy_event_get_token(reader->event) != NULL) {
        explain(reader->text, reader->line, why, sizeof(why));
        return fail_at(reader,
                       "expected 'key: value' lines, as in "
                       "'run: {steps: 1000}'%s",
                       why);
    }
    SIDLE_TRY(next_event(reader));
    SIDLE_TRY(next_event(reader));
    if (reader->event->type != FYET_STREAM_END)
        return fail_at(reader, "a second document starts here; one is read");
    return SIDLE_OK;
}

/* "[a, b]" of the command line, as the value of `path`. */
static sidle_status read_flow_list(struct reader *reader, const char *path)
{
    for (int i = 0; i < 3; i++)
        SIDLE_TRY(next_event(reader));
    SIDLE_TRY(read_value(reader, path, 0, 0));
    SIDLE_TRY(next_event(reader));
    SIDLE_TRY(next_event(reader));
    if (reader->event->type != FYET_STREAM_END)
        return fail_at(reader, "'%s': more than one list", path);
    return SIDLE_OK;
}

/* Runs the parser over text that is in place; `path` NULL: a file. */
static sidle_status parse(struct reader *reader, const char *path,
                          const char *text, size_t size)
{
    struct fy_diag_cfg diag_config;
    struct fy_parse_cfg config = {0};
    sidle_status status;

    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.colorize = 0;
    reader->diag = must_have(fy_diag_create(&diag_config));
    fy_diag_set_collect_errors(reader->diag, 1);
    config.diag = reader->diag;
    reader->parser = must_have(fy_parser_create(&config));
    reader->line = reader->column = 1;
    if (fy_parser_set_string(reader->parser, text, size) != 0)
        status = what_the_library_says(reader);
    else
        status =
            path == NULL ? read_file(reader) : read_flow_list(reader, path);
    if (reader->event != NULL)
        fy_parser_event_free(reader->parser, reader->event);
    fy_parser_destroy(reader->parser);
    fy_diag_destroy(reader->diag);
    for (size_t i = 0; i < reader->n_keys; i++)
        free(reader->keys[i].path);
    free(reader->keys);
    return status;
}

sidle_status sidle_settings_parse(const char *name, const char *text,
                                  size_t size, sidle_settings *settings)
{
    sidle_settings fresh = {0};
    struct reader reader = {.name = name, .settings = &fresh};
    sidle_status status;

    if (size >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* a byte order mark, as editors on Windows leave it */
        size -= 3;
    }
    SIDLE_TRY(check_text(name, text, size));
    fresh.file = must_have(strdup(name));
    reader.text = must_have(strndup(text, size));
    status = parse(&reader, NULL, text, size);
    free(reader.text);
    if (status != SIDLE_OK) {
        sidle_settings_done(&fresh);
        return status;
    }
    *settings = fresh;
    return SIDLE_OK;
}

sidle_status sidle_settings_read(const char *file, sidle_settings *settings)
{
    char *text;
    size_t size;
    FILE *stream = fopen(file, "rb");
    sidle_status status;

    if (stream == NULL)
        return sidle_fail(SIDLE_EIO, "%s: cannot be opened: %s", file,
                          strerror(errno));
    text = must_have(malloc(FILE_MAX + 1));
    errno = 0;
    size = fread(text, 1, FILE_MAX + 1, stream);
    if (ferror(stream))
        status = sidle_fail(SIDLE_EIO, "%s: cannot be read: %s", file,
                            strerror(errno));
    else
        status = sidle_settings_parse(file, text, size, settings);
    fclose(stream);
    free(text);
    return status;
}

sidle_status sidle_settings_override(sidle_settings *settings,
                                     const char *assignment)
{
    struct reader reader = {
        .name = "command line", .file = "command line", .settings = settings};
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
        name_stranger(assignment + at, size - at, words, sizeof(words));
        return sidle_fail(SIDLE_EUSAGE, "command line: behind '%.*s': %s",
                          (int)at, assignment, words);
    }
    snprintf(path, sizeof(path), "%.*s", (int)(equals - assignment),
             assignment);
    if (equals[1] == '[')
        return parse(&reader, path, equals + 1, strlen(equals + 1));
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
    }
    free(settings->all);
    free(settings->file);
    memset(settings, 0, sizeof(*settings));
}

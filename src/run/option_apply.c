/* option_apply.c - settings into options, and what is wrong with one that does
 * not go in: where it stands, what was found, what is right. */
#include "run/option_table.h"

#include "base/utf8.h"

#include <stdlib.h>
#include <string.h>

enum { SHOWN = 200 }; /* of a key or value, characters */

static void print_place(char *out, size_t size, const sidle_setting *setting,
                        int line)
{
    if (line > 0)
        snprintf(out, size, "%s:%d", setting->file, line);
    else
        snprintf(out, size, "%s", setting->file);
}

/* A text between quotes; what cannot be seen by its number. */
static void print_shown(FILE *stream, const char *text)
{
    size_t size = strlen(text), at = 0, n;

    fputc('\'', stream);
    for (int i = 0; at < size && i < SHOWN; i++, at += n) {
        unsigned code = 0;

        n = sidle_character(text + at, size - at, &code);
        if (n == 0)
            n = 1;
        if (sidle_is_unseen(code))
            fprintf(stream, "<U+%04X>", code);
        else
            fwrite(text + at, 1, n, stream);
    }
    fputs(at < size ? "'.." : "'", stream);
}

/* The first character that keys, numbers and words never have; of a text one
 * that cannot be seen. */
static void print_stranger(FILE *stream, const char *text, int is_text)
{
    size_t size = strlen(text), n;

    for (size_t at = 0; at < size; at += n) {
        unsigned code = 0;

        n = sidle_character(text + at, size - at, &code);
        if (n > 1 && (!is_text || sidle_is_unseen(code))) {
            fprintf(stream, "; it holds the character U+%04X, which %s", code,
                    sidle_is_unseen(code) ? "cannot be seen: remove it"
                                          : "stands in no key, number or word");
            return;
        }
        n = n > 0 ? n : 1;
    }
}

/* "lr:1e-3" of "optim.lr:1e-3": a section that stands in front is right. */
static const char *last_part(const char *path)
{
    const char *part = path;

    for (const char *at = path; *at != ':'; at++)
        part = *at == '.' ? at + 1 : part;
    return part;
}

/* Of the first word only: several lines of this kind are one text to YAML. What
 * seems to be a blank behind the colon is left out. */
static void print_blank(FILE *stream, const char *text)
{
    size_t n = strcspn(text, ":"), unseen;
    const char *value = text + n + 1;
    unsigned code = 0;

    for (unseen = 1; unseen > 0 && *value != '\0'; value += unseen) {
        unseen = sidle_character(value, strlen(value), &code);
        unseen = sidle_is_unseen(code) ? unseen : 0;
    }
    fprintf(stream, ": a blank is missing behind the colon; write '%.*s: %.*s'",
            (int)n, text, (int)strcspn(value, " "), value);
}

static void print_section(FILE *stream, const sidle_setting *setting)
{
    if (setting->is_list || setting->value[0] == '\0') {
        fprintf(stream,
                "'%s' is a section, not a key; write '%s: {key: value}'",
                setting->path, setting->path);
        return;
    }
    fprintf(stream, "'%s' is a section, not a key, and here stands ",
            setting->path);
    print_shown(stream, setting->value);
    if (sidle_lacks_blank(setting->value))
        print_blank(stream, setting->value);
    else
        fprintf(stream, "; write '%s: {key: value}'", setting->path);
}

static void print_unknown(FILE *stream, const sidle_setting *setting)
{
    const char *guess = sidle_option_guess(setting->path);
    const char *colon = strchr(setting->path, ':');

    fprintf(stream, "no key ");
    print_shown(stream, setting->path);
    if (colon != NULL && colon[1] != '\0') {
        print_blank(stream, last_part(setting->path));
        return;
    }
    print_stranger(stream, setting->path, 0);
    if (guess != NULL)
        fprintf(stream, "; did you mean '%s'", guess);
    else
        fprintf(stream, "; 'sidle --options' lists them all");
}

static void print_wrong(FILE *stream, const sidle_option *row,
                        const sidle_setting *setting)
{
    const char *lost = sidle_option_lost(row, setting->value);

    fprintf(stream, "'%s' is %s", row->path,
            setting->is_list   ? "the list "
            : setting->is_null ? "empty"
                               : "");
    if (!setting->is_null)
        print_shown(stream, setting->value);
    if (lost != NULL)
        fprintf(stream, ", which is %s in single precision, where it is used",
                lost);
    fprintf(stream, ", expected ");
    sidle_option_describe(row, stream);
    print_stranger(stream, setting->value, row->type == SIDLE_OPTION_TEXT);
}

static sidle_status refuse(const sidle_option *row,
                           const sidle_setting *setting)
{
    int is_section = row == NULL && sidle_option_is_section(setting->path);
    char place[SIDLE_TEXT_MAX], words[2048] = "";
    FILE *stream = fmemopen(words, sizeof(words), "w");

    SIDLE_CHECK(stream != NULL, "no memory for a message");
    print_place(place, sizeof(place), setting,
                is_section ? setting->value_line : setting->line);
    if (is_section)
        print_section(stream, setting);
    else if (row == NULL)
        print_unknown(stream, setting);
    else
        print_wrong(stream, row, setting);
    fclose(stream);
    words[sizeof(words) - 1] = '\0';
    return sidle_fail(SIDLE_EUSAGE, "%s: %s", place, words);
}

static int read_value(const sidle_option *row, const sidle_setting *setting,
                      sidle_options *options)
{
    return setting->is_stored
               ? sidle_option_read_stored(row, setting->value, options)
               : sidle_option_read(row, setting->value, options);
}

static int takes_lists(const sidle_option *row)
{
    return row->type == SIDLE_OPTION_UNITS || row->type == SIDLE_OPTION_SIZES;
}

sidle_status sidle_options_apply(sidle_options *options,
                                 const sidle_settings *settings)
{
    for (size_t i = 0; i < settings->n; i++) {
        const sidle_setting *setting = &settings->all[i];
        const sidle_option *row = sidle_option_find(setting->path);

        /* "optim:" with nothing behind it: none of its keys is set. */
        if (setting->is_null && sidle_option_is_section(setting->path))
            continue;
        if (row == NULL || (setting->is_list && !takes_lists(row)) ||
            !read_value(row, setting, options))
            return refuse(row, setting);
    }
    return SIDLE_OK;
}

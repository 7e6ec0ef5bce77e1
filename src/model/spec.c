/* spec.c - a specification as a tree: entries and their options, and an entry's
 * options in the struct of its kind. */
#include "model/spec.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static void *must_have(void *memory)
{
    SIDLE_CHECK(memory != NULL, "no memory for a specification");
    return memory;
}

static char *copy(const char *text)
{
    return must_have(strdup(text));
}

/* ---- the tree */

void sidle_spec_begin(sidle_spec_entry *entry, const char *kind,
                      const char *path, const char *place)
{
    sidle_spec_entry fresh = {
        .kind = copy(kind), .path = copy(path), .place = copy(place)};

    /* The texts may be those of the entry itself. */
    sidle_spec_entry_done(entry);
    *entry = fresh;
}

sidle_spec_entry *sidle_spec_add(sidle_spec_list *list, const char *kind,
                                 const char *path, const char *place)
{
    sidle_spec_entry *entry;

    /* In powers of two: a list of thousands is not copied for each. */
    if ((list->n & (list->n - 1)) == 0)
        list->entries =
            must_have(realloc(list->entries, (list->n > 0 ? 2 * list->n : 1) *
                                                 sizeof(*list->entries)));
    entry = &list->entries[list->n++];
    memset(entry, 0, sizeof(*entry));
    sidle_spec_begin(entry, kind, path, place);
    return entry;
}

static sidle_spec_option *find(const sidle_spec_entry *entry, const char *key)
{
    for (size_t i = 0; i < entry->n_options; i++)
        if (strcmp(entry->options[i].key, key) == 0)
            return &entry->options[i];
    return NULL;
}

const sidle_spec_option *sidle_spec_get(const sidle_spec_entry *entry,
                                        const char *key)
{
    return find(entry, key);
}

static void option_done(sidle_spec_option *option)
{
    free(option->key);
    free(option->text);
    free(option->place);
}

void sidle_spec_set(sidle_spec_entry *entry, const char *key,
                    const sidle_option_text *value, const char *place)
{
    sidle_spec_option *option = find(entry, key);
    /* Copied before the old one is freed, whose texts these may be. */
    const sidle_spec_option fresh = {copy(key), copy(value->text),
                                     value->is_list, value->is_null,
                                     copy(place)};

    if (option == NULL) {
        entry->options = must_have(realloc(
            entry->options, (entry->n_options + 1) * sizeof(*entry->options)));
        option = &entry->options[entry->n_options++];
    } else {
        option_done(option);
    }
    *option = fresh;
}

void sidle_spec_list_copy(const sidle_spec_list *from, sidle_spec_list *to)
{
    for (size_t i = 0; i < from->n; i++) {
        const sidle_spec_entry *entry = &from->entries[i];
        sidle_spec_entry *fresh =
            sidle_spec_add(to, entry->kind, entry->path, entry->place);

        for (size_t k = 0; k < entry->n_options; k++) {
            const sidle_spec_option *o = &entry->options[k];
            const sidle_option_text value = {o->text, o->is_list, o->is_null};

            sidle_spec_set(fresh, o->key, &value, o->place);
        }
        sidle_spec_list_copy(&entry->inner, &fresh->inner);
    }
}

size_t sidle_spec_count(const sidle_spec_list *list)
{
    size_t n = list->n;

    for (size_t i = 0; i < list->n; i++)
        n += sidle_spec_count(&list->entries[i].inner);
    return n;
}

void sidle_spec_entry_done(sidle_spec_entry *entry)
{
    free(entry->kind);
    free(entry->path);
    free(entry->place);
    for (size_t i = 0; i < entry->n_options; i++)
        option_done(&entry->options[i]);
    free(entry->options);
    sidle_spec_list_done(&entry->inner);
    memset(entry, 0, sizeof(*entry));
}

void sidle_spec_list_done(sidle_spec_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        sidle_spec_entry_done(&list->entries[i]);
    free(list->entries);
    memset(list, 0, sizeof(*list));
}

void sidle_spec_done(sidle_spec *spec)
{
    sidle_spec_list_done(&spec->layers);
    sidle_spec_entry_done(&spec->loss);
}

/* ---- an entry by the rows of its kind */

/* "model.layers[3].conv2d.kernel", "model.loss.ahead": only an entry of a list
 * has its kind as a key. */
static void print_path(const sidle_spec_entry *entry, const char *key,
                       FILE *stream)
{
    size_t n = strlen(entry->path);

    fputs(entry->path, stream);
    if (key != NULL && n > 0 && entry->path[n - 1] == ']')
        fprintf(stream, ".%s", entry->kind);
    if (key != NULL)
        fprintf(stream, ".%s", key);
}

/* ".. 'model.layers[3]' " in front of a sentence; places that are not known are
 * left out. */
static void print_place(const sidle_spec_entry *entry, const char *key,
                        FILE *stream)
{
    const sidle_spec_option *option = key != NULL ? find(entry, key) : NULL;
    const char *place = option != NULL ? option->place : entry->place;

    if (place[0] != '\0')
        fprintf(stream, "%s: ", place);
}

static FILE *open_words(char *words, size_t size)
{
    /* fmemopen() ends a text only where there is room: the last byte is
     * kept. */
    words[0] = words[size - 1] = '\0';
    return must_have(fmemopen(words, size - 1, "w"));
}

sidle_status sidle_spec_fail(const sidle_spec_entry *entry, const char *key,
                             const char *format, ...)
{
    char words[2048];
    FILE *stream = open_words(words, sizeof(words));
    va_list args;

    print_place(entry, key, stream);
    fputc('\'', stream);
    print_path(entry, key, stream);
    fputs("' ", stream);
    va_start(args, format);
    vfprintf(stream, format, args);
    va_end(args);
    fclose(stream);
    return sidle_fail(SIDLE_EUSAGE, "%s", words);
}

static sidle_status refuse_key(const sidle_spec_entry *entry,
                               const sidle_spec_option *option,
                               const sidle_option *rows, size_t n_rows)
{
    const char *guess = sidle_option_nearest(rows, n_rows, option->key);
    char words[2048];
    FILE *stream = open_words(words, sizeof(words));

    print_place(entry, option->key, stream);
    fputs("unknown key '", stream);
    print_path(entry, option->key, stream);
    fputc('\'', stream);
    if (guess != NULL)
        fprintf(stream, "; did you mean '%s'", guess);
    fprintf(stream, "; %s has %s", entry->kind,
            n_rows == 0   ? "no keys"
            : n_rows == 1 ? "the key "
                          : "the keys ");
    for (size_t i = 0; i < n_rows; i++)
        fprintf(stream, "%s%s", i > 0 ? ", " : "", rows[i].name);
    fclose(stream);
    return sidle_fail(SIDLE_EUSAGE, "%s", words);
}

static sidle_status refuse_value(const sidle_spec_entry *entry,
                                 const sidle_spec_option *option,
                                 const sidle_option *row)
{
    const sidle_option_text found = {option->text, option->is_list,
                                     option->is_null};
    char words[2048], name[512];
    FILE *stream = open_words(name, sizeof(name));

    print_path(entry, option->key, stream);
    fclose(stream);
    stream = open_words(words, sizeof(words));
    print_place(entry, option->key, stream);
    sidle_option_refuse(row, name, &found, stream);
    fclose(stream);
    return sidle_fail(SIDLE_EUSAGE, "%s", words);
}

static sidle_status check_required(const sidle_spec_entry *entry,
                                   const sidle_option *rows, size_t n_rows)
{
    char words[256];

    for (size_t i = 0; i < n_rows; i++) {
        FILE *stream;

        if (!rows[i].is_required || find(entry, rows[i].name) != NULL)
            continue;
        stream = open_words(words, sizeof(words));
        sidle_option_describe(&rows[i], stream);
        fclose(stream);
        return sidle_spec_fail(entry, rows[i].name, "is not set, expected %s",
                               words);
    }
    return SIDLE_OK;
}

static sidle_status check_inner(const sidle_spec_entry *entry, int has_inner)
{
    if (has_inner == (entry->inner.n > 0))
        return SIDLE_OK;
    if (has_inner)
        return sidle_spec_fail(
            entry, NULL, "has no entries, expected a list, as in '%s: [relu]'",
            entry->kind);
    return sidle_spec_fail(entry, NULL,
                           "is a list, but '%s' takes no entries; "
                           "write '%s: {key: value}'",
                           entry->kind, entry->kind);
}

sidle_status sidle_spec_read(const sidle_spec_entry *entry,
                             const sidle_option *rows, size_t n_rows,
                             int has_inner, void *owner)
{
    SIDLE_TRY(check_inner(entry, has_inner));
    sidle_option_defaults(rows, n_rows, owner);
    for (size_t i = 0; i < entry->n_options; i++) {
        const sidle_spec_option *option = &entry->options[i];
        const sidle_option *row = sidle_option_row(rows, n_rows, option->key);
        const sidle_option_text found = {option->text, option->is_list,
                                         option->is_null};

        if (row == NULL)
            return refuse_key(entry, option, rows, n_rows);
        if (!sidle_option_take(row, &found, owner))
            return refuse_value(entry, option, row);
    }
    return check_required(entry, rows, n_rows);
}

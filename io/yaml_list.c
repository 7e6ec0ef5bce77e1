/* yaml_list.c - lists: entries with their kinds, options and places. */
#include "io/yaml_list.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

/* No path is longer: at every depth stand a kind, at most a key, and a number.
 */
enum { KEY_MAX = 255, PATH_MAX_SIZE = 4096 };

struct reader {
    sidle_yaml *yaml;
    const char *source; /* of all places; NULL: where they are */
    const char *top;    /* path of the outermost list */
    size_t n;           /* entries so far */
};

static void *must_have(void *memory)
{
    SIDLE_CHECK(memory != NULL, "no memory for the configuration");
    return memory;
}

/* The present event's place; good until the next call. */
static const char *place_of(const struct reader *reader, char *out, size_t size)
{
    if (reader->source != NULL)
        return reader->source;
    sidle_text_format(out, size, "%s:%d:%d", reader->yaml->name,
                      reader->yaml->line, reader->yaml->column);
    return out;
}

static sidle_status refuse_other(const struct reader *reader, const char *path)
{
    return sidle_yaml_fail(reader->yaml,
                           "'%s': aliases (*name) are not supported; write the "
                           "value itself",
                           path);
}

/* ---- options */

/* Plain values up to the end of a list, as "3, 5". */
static sidle_status read_values(const struct reader *reader, const char *path,
                                char **text_p)
{
    sidle_yaml *yaml = reader->yaml;
    size_t size = 0;
    char *value;
    FILE *stream = must_have(open_memstream(text_p, &size));
    sidle_status status;
    int n = 0, is_null;

    while ((status = sidle_yaml_next(yaml)) == SIDLE_OK &&
           yaml->event == SIDLE_YAML_SCALAR) {
        status = sidle_yaml_scalar(yaml, &value, &is_null);
        if (status != SIDLE_OK)
            break;
        if (strchr(value, ',') != NULL)
            status = sidle_yaml_fail(yaml, "'%s': an element contains a comma",
                                     path);
        fprintf(stream, "%s%s", n++ > 0 ? ", " : "", value);
        free(value);
        if (status != SIDLE_OK)
            break;
    }
    fclose(stream);
    must_have(*text_p);
    if (status == SIDLE_OK && yaml->event != SIDLE_YAML_LIST_END)
        return sidle_yaml_fail(yaml,
                               "'%s' is a list of maps or lists, expected a "
                               "list of plain values",
                               path);
    return status;
}

/* The value of an option, whose key stood at `place`. */
static sidle_status read_option(const struct reader *reader,
                                sidle_spec_entry *entry, const char *path,
                                const char *key, const char *place)
{
    sidle_option_text found = {0};
    char *text = NULL;
    sidle_status status;

    SIDLE_TRY(sidle_yaml_next(reader->yaml));
    switch (reader->yaml->event) {
    case SIDLE_YAML_SCALAR:
        status = sidle_yaml_scalar(reader->yaml, &text, &found.is_null);
        break;
    case SIDLE_YAML_LIST:
        found.is_list = 1;
        status = read_values(reader, path, &text);
        break;
    case SIDLE_YAML_MAP:
        return sidle_yaml_fail(reader->yaml,
                               "'%s' is a map, expected a value or a list of "
                               "values",
                               path);
    default:
        return refuse_other(reader, path);
    }
    found.text = text;
    if (status == SIDLE_OK)
        sidle_spec_set(entry, key, &found, place);
    free(text);
    return status;
}

static sidle_status read_key(const struct reader *reader, char key[KEY_MAX + 1])
{
    char *text;
    size_t n;
    int is_null;

    if (reader->yaml->event != SIDLE_YAML_SCALAR)
        return sidle_yaml_fail(reader->yaml, "a key must be a plain word");
    SIDLE_TRY(sidle_yaml_scalar(reader->yaml, &text, &is_null));
    n = strlen(text);
    snprintf(key, KEY_MAX + 1, "%s", text);
    free(text);
    if (n > 0 && n <= KEY_MAX)
        return SIDLE_OK;
    return sidle_yaml_fail(reader->yaml, "a key must have 1 to %d letters",
                           KEY_MAX);
}

/* The map of options whose start is the present event. */
static sidle_status read_options(const struct reader *reader,
                                 sidle_spec_entry *entry, const char *path)
{
    char key[KEY_MAX + 1], child[PATH_MAX_SIZE], buffer[PATH_MAX_SIZE];
    int lines[SIDLE_SPEC_MAX_OPTIONS];

    for (;;) {
        const char *place;

        SIDLE_TRY(sidle_yaml_next(reader->yaml));
        if (reader->yaml->event == SIDLE_YAML_MAP_END)
            return SIDLE_OK;
        SIDLE_TRY(read_key(reader, key));
        sidle_text_format(child, sizeof(child), "%s.%s", path, key);
        for (size_t i = 0; i < entry->n_options; i++)
            if (strcmp(entry->options[i].key, key) == 0)
                return sidle_yaml_fail(reader->yaml,
                                       "'%s' is set twice, first in line "
                                       "%d",
                                       child, lines[i]);
        if (entry->n_options == SIDLE_SPEC_MAX_OPTIONS)
            return sidle_yaml_fail(reader->yaml,
                                   "'%s' has more than %d options", path,
                                   SIDLE_SPEC_MAX_OPTIONS);
        lines[entry->n_options] = reader->yaml->line;
        place = place_of(reader, buffer, sizeof(buffer));
        SIDLE_TRY(read_option(reader, entry, child, key, place));
    }
}

/* ---- entries */

static sidle_status read_list(struct reader *reader, const char *path,
                              int depth, sidle_spec_list *list);

static sidle_status refuse_scalar(const struct reader *reader, const char *path,
                                  const char *kind, const char *text)
{
    if (sidle_yaml_lacks_blank(text))
        return sidle_yaml_fail(reader->yaml,
                               "'%s' is '%s': a space is missing after the "
                               "colon; write '%s: {key: value}'",
                               path, text, kind);
    return sidle_yaml_fail(reader->yaml,
                           "'%s' is '%s', expected a map of options; write "
                           "'%s: {key: value}'",
                           path, text, kind);
}

/* What stands behind a kind: nothing, its options or its entries. */
static sidle_status read_rest(struct reader *reader, sidle_spec_entry *entry,
                              int depth)
{
    char path[PATH_MAX_SIZE], *text;
    sidle_status status = SIDLE_OK;
    int is_null;

    sidle_text_format(path, sizeof(path), "%s.%s", entry->path, entry->kind);
    SIDLE_TRY(sidle_yaml_next(reader->yaml));
    switch (reader->yaml->event) {
    case SIDLE_YAML_SCALAR:
        SIDLE_TRY(sidle_yaml_scalar(reader->yaml, &text, &is_null));
        if (!is_null)
            status = refuse_scalar(reader, path, entry->kind, text);
        free(text);
        return status;
    case SIDLE_YAML_MAP:
        return read_options(reader, entry, path);
    case SIDLE_YAML_LIST:
        SIDLE_TRY(read_list(reader, path, depth + 1, &entry->inner));
        return entry->inner.n > 0
                   ? SIDLE_OK
                   : sidle_yaml_fail(reader->yaml,
                                     "'%s' is an empty list, expected at least "
                                     "one entry",
                                     path);
    default:
        return refuse_other(reader, path);
    }
}

/* An entry that is a map: one key, the kind. */
static sidle_status read_map(struct reader *reader, const char *path, int depth,
                             sidle_spec_list *list)
{
    char kind[KEY_MAX + 1], second[KEY_MAX + 1], buffer[PATH_MAX_SIZE];

    SIDLE_TRY(sidle_yaml_next(reader->yaml));
    if (reader->yaml->event == SIDLE_YAML_MAP_END)
        return sidle_yaml_fail(reader->yaml,
                               "'%s' is an empty map, expected one key, the "
                               "kind",
                               path);
    SIDLE_TRY(read_key(reader, kind));
    SIDLE_TRY(
        read_rest(reader,
                  sidle_spec_add(list, kind, path,
                                 place_of(reader, buffer, sizeof(buffer))),
                  depth));
    SIDLE_TRY(sidle_yaml_next(reader->yaml));
    if (reader->yaml->event == SIDLE_YAML_MAP_END)
        return SIDLE_OK;
    SIDLE_TRY(read_key(reader, second));
    return sidle_yaml_fail(reader->yaml,
                           "'%s' has two keys, '%s' and '%s', expected one, "
                           "the kind; begin another entry with '- ', and "
                           "indent an option of '%s' further",
                           path, kind, second, kind);
}

/* A word; of a plain list that is a value. */
static sidle_status read_word(const struct reader *reader, const char *path,
                              sidle_spec_list *list)
{
    char *text, buffer[PATH_MAX_SIZE];
    sidle_status status = SIDLE_OK;
    int is_null;

    SIDLE_TRY(sidle_yaml_scalar(reader->yaml, &text, &is_null));
    if (strchr(text, ',') != NULL)
        status = sidle_yaml_fail(
            reader->yaml, "'%s': an element contains a comma", reader->top);
    else
        sidle_spec_add(list, text, path,
                       place_of(reader, buffer, sizeof(buffer)));
    free(text);
    return status;
}

static sidle_status read_entry(struct reader *reader, const char *path,
                               int depth, sidle_spec_list *list)
{
    if (reader->n++ == SIDLE_SPEC_MAX_ENTRIES)
        return sidle_yaml_fail(reader->yaml, "'%s' has more than %d entries",
                               reader->top, SIDLE_SPEC_MAX_ENTRIES);
    switch (reader->yaml->event) {
    case SIDLE_YAML_SCALAR:
        return read_word(reader, path, list);
    case SIDLE_YAML_MAP:
        return read_map(reader, path, depth, list);
    case SIDLE_YAML_LIST:
        return sidle_yaml_fail(reader->yaml,
                               "'%s' is a list in a list, expected a word or a "
                               "map of one key",
                               path);
    default:
        return refuse_other(reader, path);
    }
}

static sidle_status read_list(struct reader *reader, const char *path,
                              int depth, sidle_spec_list *list)
{
    char child[PATH_MAX_SIZE];

    if (depth > SIDLE_SPEC_MAX_DEPTH)
        return sidle_yaml_fail(reader->yaml, "'%s': more than %d nested lists",
                               reader->top, SIDLE_SPEC_MAX_DEPTH);
    for (;;) {
        SIDLE_TRY(sidle_yaml_next(reader->yaml));
        if (reader->yaml->event == SIDLE_YAML_LIST_END)
            return SIDLE_OK;
        sidle_text_format(child, sizeof(child), "%s[%zu]", path, list->n);
        SIDLE_TRY(read_entry(reader, child, depth, list));
    }
}

sidle_status sidle_yaml_list(sidle_yaml *yaml, const char *path,
                             const char *source, sidle_spec_list *list)
{
    struct reader reader = {.yaml = yaml, .source = source, .top = path};

    return read_list(&reader, path, 1, list);
}

/* ---- the list as one text */

int sidle_yaml_has_maps(const sidle_spec_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->entries[i].inner.n > 0 || list->entries[i].n_options > 0)
            return 1;
    return 0;
}

char *sidle_yaml_list_text(const sidle_spec_list *list)
{
    char *text = NULL;
    size_t size = 0;
    FILE *stream = must_have(open_memstream(&text, &size));

    if (sidle_yaml_has_maps(list))
        sidle_spec_print_flow(list, stream);
    else
        for (size_t i = 0; i < list->n; i++)
            fprintf(stream, "%s%s", i > 0 ? ", " : "", list->entries[i].kind);
    fclose(stream);
    return must_have(text);
}

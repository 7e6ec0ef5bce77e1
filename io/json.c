/* json.c - one JSON object for programs to read, by libfyaml's emitter. */
#include "io/json.h"

#include "base/utf8.h"

#include <errno.h>
#include <inttypes.h>
#include <libfyaml.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_DEEP = 8 };

struct sidle_json {
    struct fy_document *document;
    struct fy_node *object; /* the one that is filled */
    /* Around it: objects, and lists whose item it is. */
    struct fy_node *outer[MOST_DEEP], *list[MOST_DEEP];
    int depth;
};

sidle_status sidle_json_new(sidle_json **json_p)
{
    sidle_json *json = calloc(1, sizeof(*json));

    SIDLE_CHECK(json != NULL, "no memory for a JSON object");
    json->document = fy_document_create(NULL);
    SIDLE_CHECK(json->document != NULL, "libfyaml cannot make a document");
    json->object = fy_node_create_mapping(json->document);
    fy_document_set_root(json->document, json->object);
    *json_p = json;
    return SIDLE_OK;
}

static void put(sidle_json *json, const char *key, struct fy_node *value)
{
    struct fy_node *name =
        fy_node_create_scalar_copy(json->document, key, strlen(key));

    SIDLE_CHECK(name != NULL && value != NULL &&
                    fy_node_mapping_append(json->object, name, value) == 0,
                "libfyaml cannot add \"%s\"", key);
}

/* As few digits as read back to the same bits. */
void sidle_json_real(sidle_json *json, const char *key, double value)
{
    char text[40] = "null";

    for (int digits = 1; digits <= 17 && isfinite(value); digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    put(json, key, fy_node_buildf(json->document, "%s", text));
}

void sidle_json_null(sidle_json *json, const char *key)
{
    put(json, key, fy_node_buildf(json->document, "null"));
}

void sidle_json_flag(sidle_json *json, const char *key, int value)
{
    put(json, key, fy_node_buildf(json->document, value ? "true" : "false"));
}

void sidle_json_int(sidle_json *json, const char *key, int64_t value)
{
    put(json, key, fy_node_buildf(json->document, "%" PRId64, value));
}

static char *print_letter(char *out, const char *at, int is_text)
{
    if (!is_text)
        *out++ = '?';
    else if ((unsigned char)*at < 0x20)
        out += sprintf(out, "\\u%04x", (unsigned char)*at);
    else
        *out++ = *at;
    return out;
}

/* In quotes, so that "12" and "true" stay texts. What a damaged file holds need
 * not be text at all. */
static char *quoted(const char *value)
{
    static const char controls[] =
        "\1\2\3\4\5\6\7\10\11\12\13\14\15\16\17\20"
        "\21\22\23\24\25\26\27\30\31\32\33\34\35\36\37";
    size_t size = strlen(value), text;
    char *out = malloc(6 * size + 3), *p = out;

    SIDLE_CHECK(out != NULL, "no memory for a text");
    *p++ = '"';
    text = sidle_not_text(value, size, controls);
    for (size_t i = 0; i < size; i++) {
        if (value[i] == '"' || value[i] == '\\')
            *p++ = '\\';
        p = print_letter(p, &value[i], i != text);
        if (i == text)
            text += 1 + sidle_not_text(value + i + 1, size - i - 1, controls);
    }
    *p++ = '"';
    *p = '\0';
    return out;
}

void sidle_json_text(sidle_json *json, const char *key, const char *value)
{
    char *text = quoted(value);

    put(json, key, fy_node_buildf(json->document, "%s", text));
    free(text);
}

static void append(struct fy_node *list, struct fy_node *value)
{
    SIDLE_CHECK(value != NULL && fy_node_sequence_append(list, value) == 0,
                "libfyaml cannot add to a list");
}

void sidle_json_texts(sidle_json *json, const char *key,
                      const char *const *values, int n_values)
{
    struct fy_node *list = fy_node_create_sequence(json->document);

    put(json, key, list);
    for (int i = 0; i < n_values; i++) {
        char *text = quoted(values[i]);

        append(list, fy_node_buildf(json->document, "%s", text));
        free(text);
    }
}

void sidle_json_ints(sidle_json *json, const char *key, const int64_t *values,
                     int n_values)
{
    struct fy_node *list = fy_node_create_sequence(json->document);

    put(json, key, list);
    for (int i = 0; i < n_values; i++)
        append(list, fy_node_buildf(json->document, "%" PRId64, values[i]));
}

static void push(sidle_json *json, struct fy_node *list)
{
    SIDLE_CHECK(json->depth < MOST_DEEP, "a JSON object is too deep");
    json->outer[json->depth] = json->object;
    json->list[json->depth] = list;
    json->depth++;
}

static void pop(sidle_json *json)
{
    SIDLE_CHECK(json->depth > 0, "a JSON object ends that was not begun");
    json->object = json->outer[--json->depth];
}

void sidle_json_begin_object(sidle_json *json, const char *key)
{
    struct fy_node *object = fy_node_create_mapping(json->document);

    put(json, key, object);
    push(json, NULL);
    json->object = object;
}

void sidle_json_end_object(sidle_json *json)
{
    pop(json);
}

void sidle_json_begin_list(sidle_json *json, const char *key)
{
    struct fy_node *list = fy_node_create_sequence(json->document);

    put(json, key, list);
    push(json, list);
}

void sidle_json_item(sidle_json *json)
{
    struct fy_node *list = json->list[json->depth - 1];

    json->object = fy_node_create_mapping(json->document);
    append(list, json->object);
}

void sidle_json_end_list(sidle_json *json)
{
    pop(json);
}

sidle_status sidle_json_print(sidle_json *json, void *stream)
{
    int failed = fy_emit_document_to_fp(
        json->document, FYECF_MODE_JSON | FYECF_WIDTH_INF, stream);

    fy_document_destroy(json->document);
    free(json);
    if (failed != 0 || fflush(stream) != 0)
        return sidle_fail(SIDLE_EIO, "cannot print the JSON object: %s",
                          strerror(errno));
    return SIDLE_OK;
}

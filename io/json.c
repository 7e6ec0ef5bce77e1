/* json.c - one JSON object for programs to read, by libfyaml's emitter. */
#include "io/json.h"

#include <errno.h>
#include <inttypes.h>
#include <libfyaml.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct sidle_json {
    struct fy_document *document;
    struct fy_node *root, *list, *object, *outer;
};

sidle_status sidle_json_new(sidle_json **json_p)
{
    sidle_json *json = calloc(1, sizeof(*json));

    SIDLE_CHECK(json != NULL, "no memory for a JSON object");
    json->document = fy_document_create(NULL);
    SIDLE_CHECK(json->document != NULL, "libfyaml cannot make a document");
    json->root = fy_node_create_mapping(json->document);
    fy_document_set_root(json->document, json->root);
    json->object = json->root;
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

void sidle_json_real(sidle_json *json, const char *key, double value)
{
    put(json, key,
        isfinite(value) ? fy_node_buildf(json->document, "%.17g", value)
                        : fy_node_buildf(json->document, "null"));
}

void sidle_json_int(sidle_json *json, const char *key, int64_t value)
{
    put(json, key, fy_node_buildf(json->document, "%" PRId64, value));
}

/* In quotes, so that "12" and "true" stay texts. */
static char *quoted(const char *value)
{
    char *out = malloc(6 * strlen(value) + 3), *p = out;

    SIDLE_CHECK(out != NULL, "no memory for a text");
    *p++ = '"';
    for (; *value != '\0'; value++) {
        if (*value == '"' || *value == '\\')
            *p++ = '\\';
        if ((unsigned char)*value < 0x20)
            p += sprintf(p, "\\u%04x", (unsigned char)*value);
        else
            *p++ = *value;
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

void sidle_json_begin_object(sidle_json *json, const char *key)
{
    struct fy_node *object = fy_node_create_mapping(json->document);

    SIDLE_CHECK(json->outer == NULL, "\"%s\" is an object too deep", key);
    put(json, key, object);
    json->outer = json->object;
    json->object = object;
}

void sidle_json_end_object(sidle_json *json)
{
    json->object = json->outer;
    json->outer = NULL;
}

void sidle_json_begin_list(sidle_json *json, const char *key)
{
    struct fy_node *list = fy_node_create_sequence(json->document);

    put(json, key, list);
    json->list = list;
}

void sidle_json_item(sidle_json *json)
{
    json->object = fy_node_create_mapping(json->document);
    append(json->list, json->object);
}

void sidle_json_end_list(sidle_json *json)
{
    json->list = NULL;
    json->object = json->root;
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

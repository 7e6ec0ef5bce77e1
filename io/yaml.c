/* yaml.c - events of libfyaml with their places, and what it says of text that
 * is not YAML. */
#include "io/yaml.h"

#include "base/utf8.h"

#include <libfyaml.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

sidle_status sidle_yaml_fail(const sidle_yaml *yaml, const char *format, ...)
{
    va_list args;
    char text[1024];

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    return sidle_fail(SIDLE_EUSAGE, "%s:%d:%d: %s", yaml->name, yaml->line,
                      yaml->column, text);
}

static sidle_status what_the_library_says(const sidle_yaml *yaml)
{
    void *at = NULL;
    struct fy_diag_error *error = fy_diag_errors_iterate(yaml->diag, &at);
    char why[256];

    if (error == NULL)
        return sidle_yaml_fail(yaml, "invalid YAML");
    if (strstr(error->msg, "cannot start with") != NULL) /* %j, @x */
        snprintf(why, sizeof(why), "; put such a value in quotes");
    else
        sidle_yaml_explain(yaml->text, error->line, why, sizeof(why));
    return sidle_fail(SIDLE_EUSAGE, "%s:%d:%d: invalid YAML: %s%s", yaml->name,
                      error->line, error->column, error->msg, why);
}

static void *must_have(void *memory)
{
    SIDLE_CHECK(memory != NULL, "no memory for the configuration");
    return memory;
}

sidle_status sidle_yaml_open(sidle_yaml *yaml, const char *name,
                             const char *text)
{
    struct fy_diag_cfg diag_config;
    struct fy_parse_cfg config = {0};

    *yaml = (sidle_yaml){.name = name, .text = text, .line = 1, .column = 1};
    fy_diag_cfg_default(&diag_config);
    diag_config.fp = NULL;
    diag_config.colorize = 0;
    yaml->diag = must_have(fy_diag_create(&diag_config));
    fy_diag_set_collect_errors(yaml->diag, 1);
    config.diag = yaml->diag;
    yaml->parser = must_have(fy_parser_create(&config));
    if (fy_parser_set_string(yaml->parser, text, strlen(text)) != 0)
        return what_the_library_says(yaml);
    return SIDLE_OK;
}

void sidle_yaml_close(sidle_yaml *yaml)
{
    if (yaml->raw != NULL)
        fy_parser_event_free(yaml->parser, yaml->raw);
    fy_parser_destroy(yaml->parser);
    fy_diag_destroy(yaml->diag);
}

static sidle_yaml_event event_of(const struct fy_event *raw)
{
    switch (raw->type) {
    case FYET_SCALAR:
        return SIDLE_YAML_SCALAR;
    case FYET_SEQUENCE_START:
        return SIDLE_YAML_LIST;
    case FYET_SEQUENCE_END:
        return SIDLE_YAML_LIST_END;
    case FYET_MAPPING_START:
        return SIDLE_YAML_MAP;
    case FYET_MAPPING_END:
        return SIDLE_YAML_MAP_END;
    case FYET_STREAM_END:
        return SIDLE_YAML_END;
    default:
        return SIDLE_YAML_OTHER;
    }
}

sidle_status sidle_yaml_next(sidle_yaml *yaml)
{
    const struct fy_mark *mark;

    if (yaml->raw != NULL)
        fy_parser_event_free(yaml->parser, yaml->raw);
    yaml->raw = fy_parser_parse(yaml->parser);
    if (yaml->raw == NULL)
        return what_the_library_says(yaml);
    yaml->event = event_of(yaml->raw);
    mark = fy_event_start_mark(yaml->raw);
    if (mark != NULL) {
        yaml->line = mark->line + 1;
        yaml->column = mark->column + 1;
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

sidle_status sidle_yaml_scalar(const sidle_yaml *yaml, char **text_p,
                               int *is_null_p)
{
    struct fy_token *token = fy_event_get_token(yaml->raw);
    size_t size = 0;
    const char *text = token != NULL ? fy_token_get_text(token, &size) : "";

    if (text == NULL || sidle_not_text(text, size, "") != size)
        return sidle_yaml_fail(yaml, "a key or value must be one line, without "
                                     "control characters");
    *is_null_p = token == NULL || (fy_token_scalar_style(token) == FYSS_PLAIN &&
                                   is_null_word(text, size));
    *text_p = must_have(strndup(text, *is_null_p ? 0 : size));
    return SIDLE_OK;
}

int sidle_yaml_is_written(const sidle_yaml *yaml)
{
    return fy_event_get_token(yaml->raw) != NULL;
}

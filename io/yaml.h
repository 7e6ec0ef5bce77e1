/* yaml.h - YAML event by event; the one header behind which libfyaml stands.
 *
 * Events are read, not documents: no alias is ever followed and nothing is
 * built that a small file could make huge. For config.c. */
#ifndef SIDLE_IO_YAML_H
#define SIDLE_IO_YAML_H

#include "base/status.h"

#include <stdarg.h>
#include <stddef.h>

/* Bytes of a configuration: what is larger is none. */
#define SIDLE_YAML_MAX ((size_t)1 << 20)

typedef enum sidle_yaml_event {
    SIDLE_YAML_SCALAR,
    SIDLE_YAML_LIST,
    SIDLE_YAML_LIST_END,
    SIDLE_YAML_MAP,
    SIDLE_YAML_MAP_END,
    SIDLE_YAML_END,  /* of all text */
    SIDLE_YAML_OTHER /* an alias, the start of a document */
} sidle_yaml_event;

struct fy_parser;
struct fy_diag;
struct fy_event;

typedef struct sidle_yaml {
    sidle_yaml_event event; /* the present one */
    int line, column;       /* where it starts, from 1 */
    const char *name;       /* of the text, in messages */
    const char *text;       /* up to a 0 */
    struct fy_parser *parser;
    struct fy_diag *diag;
    struct fy_event *raw;
} sidle_yaml;

/* ---- in yaml_text.c */
/** Errors: SIDLE_EUSAGE with name and line for what is not text, or too much of
 * it. */
sidle_status sidle_yaml_check(const char *name, const char *text, size_t size);
/* ---- in yaml.c */
/** Begin in front of the first event. Owns: the caller keeps name and text, and
 * ends it with sidle_yaml_close(), also after a failure. */
sidle_status sidle_yaml_open(sidle_yaml *yaml, const char *name,
                             const char *text);
void sidle_yaml_close(sidle_yaml *yaml);
/** Go to the next event. Errors: SIDLE_EUSAGE with name, line and column for
 * what is not YAML, with its frequent reasons. */
sidle_status sidle_yaml_next(sidle_yaml *yaml);
/** The text of the present scalar; an empty plain one, ~ and null are empty
 * text. Owns: the caller frees *text_p. Errors: as sidle_yaml_fail(), for more
 * than one line or a control character. */
sidle_status sidle_yaml_scalar(const sidle_yaml *yaml, char **text_p,
                               int *is_null_p);
/** Whether the present scalar is written at all: not the empty one of "a:". */
int sidle_yaml_is_written(const sidle_yaml *yaml);
/** "run.yaml:12:5: ", the present event's place, and a sentence; answers
 * SIDLE_EUSAGE. */
sidle_status sidle_yaml_fail(const sidle_yaml *yaml, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- in yaml_text.c */
/** What stands at the start of a text that is none, in words. */
void sidle_yaml_stranger(const char *text, size_t size, char *out, size_t room);
/** Why the text up to line `last` may not be what was meant, as "; reason" or
 * empty. */
void sidle_yaml_explain(const char *text, int last, char *out, size_t size);
/** Whether text begins like "lr:1e-3", which is one word to YAML, not a key
 * with its value. */
int sidle_yaml_lacks_blank(const char *text);

#endif

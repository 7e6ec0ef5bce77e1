/* yaml.h - reads YAML event by event; the only header that wraps libfyaml.
 *
 * Events are read, not documents: no alias is ever followed and no structure is
 * built that a small file could make huge. For config.c. */
#ifndef SIDLE_IO_YAML_H
#define SIDLE_IO_YAML_H

#include "base/status.h"

#include <stdarg.h>
#include <stddef.h>

/* Most bytes of a configuration. */
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
/** Check a text. Errors: SIDLE_EUSAGE with name and line if it is not text, or
 * too long. */
sidle_status sidle_yaml_check(const char *name, const char *text, size_t size);
/* ---- in yaml.c */
/** Begin before the first event. Owns: the caller keeps name and text, and ends
 * it with sidle_yaml_close(), also after a failure. */
sidle_status sidle_yaml_open(sidle_yaml *yaml, const char *name,
                             const char *text);
void sidle_yaml_close(sidle_yaml *yaml);
/** Go to the next event. Errors: SIDLE_EUSAGE with name, line and column for
 * what is not YAML, with the likely reasons. */
sidle_status sidle_yaml_next(sidle_yaml *yaml);
/** Get the text of the present scalar; an empty plain one, ~ and null are empty
 * text. Owns: the caller frees *text_p. Errors: as sidle_yaml_fail(), for more
 * than one line or a control character. */
sidle_status sidle_yaml_scalar(const sidle_yaml *yaml, char **text_p,
                               int *is_null_p);
/** Whether the present scalar is written in the file, unlike the empty one of
 * "a:". */
int sidle_yaml_is_written(const sidle_yaml *yaml);
/** Fail with the present event's place, such as "run.yaml:12:5: ", and a
 * message; returns SIDLE_EUSAGE. */
sidle_status sidle_yaml_fail(const sidle_yaml *yaml, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- in yaml_text.c */
/** Describe the first bytes that are not text. */
void sidle_yaml_stranger(const char *text, size_t size, char *out, size_t room);
/** Get a reason why the text up to line `last` may not be what was intended, as
 * "; reason" or empty. */
void sidle_yaml_explain(const char *text, int last, char *out, size_t size);
/** Whether text begins like "lr:1e-3", which is a single word in YAML, not a
 * key with its value. */
int sidle_yaml_lacks_blank(const char *text);

#endif

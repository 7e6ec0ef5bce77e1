/* config.h - reads YAML into a flat list of settings; knows no option.
 *
 * "optim: {lr: 1e-3}" becomes path "optim.lr", value "1e-3", file and line. A
 * list becomes one setting with is_list 1, whose value is "a, b, c", and whose
 * elements are entries: "[{conv2d: {channels: 8}}, relu]". */
#ifndef SIDLE_IO_CONFIG_H
#define SIDLE_IO_CONFIG_H

#include "base/status.h"
#include "model/spec.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_setting {
    char *path, *value;
    int is_list;
    int has_maps;         /* a list with elements that are more than a word */
    sidle_spec_list list; /* its elements; "a[0]" is the path of the first */
    int is_null;          /* empty, ~ or null; the value is empty */
    int is_stored;        /* by a run, under the rules of its program version */
    const char *file;     /* owned by the list; "command line" for overrides */
    int line;             /* of the key, from 1; 0 on the command line */
    int value_line;       /* where the value begins */
} sidle_setting;

typedef struct sidle_settings {
    sidle_setting *all;
    size_t n;
    char *file;
} sidle_settings;

/**
 * Parse the settings of a text; messages contain `name`, its file.
 * Errors: SIDLE_EUSAGE with name, line and column for what is not YAML, for a
 *         duplicate key, and for anything except maps of scalars and lists that
 *         yaml_list.h reads.
 * Owns:   the caller ends it with sidle_settings_done().
 */
sidle_status sidle_settings_parse(const char *name, const char *text,
                                  size_t size, sidle_settings *settings);
/** Append one "key=value" of the command line; a value in [] or {} is YAML. */
sidle_status sidle_settings_override(sidle_settings *settings,
                                     const char *assignment);
/** Get the place of a setting: "run.yaml:3" or "command line". */
void sidle_setting_place(const sidle_setting *setting, char *out, size_t size);
void sidle_settings_done(sidle_settings *settings);

#ifdef __cplusplus
}
#endif

#endif

/* config.h - YAML to a flat list of settings; knows no option (libfyaml).
 *
 * "optim: {lr: 1e-3}" gives path "optim.lr", value "1e-3", file and line. A
 * list of scalars gives one setting whose value is "a, b, c" and is_list 1. */
#ifndef SIDLE_IO_CONFIG_H
#define SIDLE_IO_CONFIG_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_setting {
    char *path, *value;
    int is_list;
    int is_null;      /* nothing, ~ or null; the value is empty */
    int is_stored;    /* by a run, under the rules of its program */
    const char *file; /* owned by the list; "command line" for overrides */
    int line;         /* of the key, from 1; 0 on the command line */
    int value_line;   /* where the value begins */
} sidle_setting;

typedef struct sidle_settings {
    sidle_setting *all;
    size_t n;
    char *file;
} sidle_settings;

/**
 * Errors: SIDLE_EUSAGE with file, line and column for what is not YAML, for a
 *         key that stands twice, and for anything but maps of scalars and
 *         lists of scalars; SIDLE_EIO if the file cannot be read.
 * Owns:   the caller ends it with sidle_settings_done().
 */
sidle_status sidle_settings_read(const char *file, sidle_settings *settings);
/** The same from memory; `name` stands in messages. */
sidle_status sidle_settings_parse(const char *name, const char *text,
                                  size_t size, sidle_settings *settings);
/** One "key=value" of the command line, appended. */
sidle_status sidle_settings_override(sidle_settings *settings,
                                     const char *assignment);
/** "run.yaml:3" or "command line". */
void sidle_setting_place(const sidle_setting *setting, char *out, size_t size);
/** Whether text begins like "lr:1e-3", which is one word to YAML, not a key
 * with its value. */
int sidle_lacks_blank(const char *text);
void sidle_settings_done(sidle_settings *settings);

#ifdef __cplusplus
}
#endif

#endif

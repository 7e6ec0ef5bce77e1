/* spec.h - the specification of a network as text: units and a loss by the
 * names of their kinds, with their options and their places in a file.
 *
 * A specification does not depend on any kind. It is read from a file or made
 * by a program; the option rows of a kind convert an entry's options into the
 * struct of that kind. */
#ifndef SIDLE_MODEL_SPEC_H
#define SIDLE_MODEL_SPEC_H

#include "base/option.h"
#include "base/status.h"

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SIDLE_SPEC_MAX_ENTRIES = 4096, /* of a list, with inner entries */
    SIDLE_SPEC_MAX_DEPTH = 8,      /* of nested lists */
    SIDLE_SPEC_MAX_OPTIONS = 64    /* of an entry */
};

typedef struct sidle_spec_option {
    char *key, *text; /* of a list "3, 5"; empty if there is no value */
    int is_list, is_null;
    char *place; /* "run.yaml:12:5", "command line"; empty: not known */
} sidle_spec_option;

typedef struct sidle_spec_entry sidle_spec_entry;

typedef struct sidle_spec_list {
    sidle_spec_entry *entries;
    size_t n;
} sidle_spec_list;

struct sidle_spec_entry {
    char *kind;
    char *path;  /* "model.layers[3].residual[0]", "model.loss" */
    char *place; /* as of an option */
    sidle_spec_option *options;
    size_t n_options;
    sidle_spec_list inner; /* inner entries, for example of a residual */
};

typedef struct sidle_spec {
    sidle_spec_list layers;
    sidle_spec_entry loss; /* kind NULL: none */
} sidle_spec;

/** Append an entry without options to a list. Owns: the list; the result is
 * valid until the next call. All texts are copied. */
sidle_spec_entry *sidle_spec_add(sidle_spec_list *list, const char *kind,
                                 const char *path, const char *place);
/** Make `entry`, which is zero or an entry, an entry without options. */
void sidle_spec_begin(sidle_spec_entry *entry, const char *kind,
                      const char *path, const char *place);
/** Set an option of an entry; replaces an option with that key. */
void sidle_spec_set(sidle_spec_entry *entry, const char *key,
                    const sidle_option_text *value, const char *place);
/** The option of that key; NULL if it is not given. */
const sidle_spec_option *sidle_spec_get(const sidle_spec_entry *entry,
                                        const char *key);
/** Append copies of all entries of a list to another one. */
void sidle_spec_list_copy(const sidle_spec_list *from, sidle_spec_list *to);
/** Number of entries of a list, with inner entries. */
size_t sidle_spec_count(const sidle_spec_list *list);
/** Free what these own; zero structs are accepted. */
void sidle_spec_list_done(sidle_spec_list *list);
void sidle_spec_entry_done(sidle_spec_entry *entry);
void sidle_spec_done(sidle_spec *spec);

/**
 * Convert the options of an entry into the struct of its kind: defaults first,
 * then the given values.
 * Shapes: rows (n_rows) of the struct at `owner`; rows may be NULL if n_rows is
 *         0.
 * Errors: SIDLE_EUSAGE with the place, for an unknown key (with the nearest and
 *         all valid keys), an invalid value, a missing required value, inner
 *         entries if `has_inner` is 0, and no inner entries if it is 1.
 */
sidle_status sidle_spec_read(const sidle_spec_entry *entry,
                             const sidle_option *rows, size_t n_rows,
                             int has_inner, void *owner);
/** Report an error of an entry, or of its option `key` (NULL: the entry), in
 * words that begin with a verb: "run.yaml:12:5: 'model.layers[3]' gets ..".
 * Returns SIDLE_EUSAGE. */
sidle_status sidle_spec_fail(const sidle_spec_entry *entry, const char *key,
                             const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- in spec_print.c */
/** Print the list as YAML, one entry per line after `indent` blanks: "- relu".
 * The same list is read from it. */
void sidle_spec_print(const sidle_spec_list *list, int indent, FILE *stream);
/** The same in one line, without the outer brackets. */
void sidle_spec_print_flow(const sidle_spec_list *list, FILE *stream);
/** Print a loss as YAML in one line: "mse" or "{kind: mse, ahead: 2}". */
void sidle_spec_print_loss(const sidle_spec_entry *loss, FILE *stream);

/* The text for a value that one of two lists does not have. */
#define SIDLE_SPEC_NOT_SET "(not set)"

/** The first difference of two lists: its path, and the text of each there. */
typedef struct sidle_spec_difference {
    char path[256], a[256], b[256];
} sidle_spec_difference;

/** Whether two lists at `path` differ; numbers are compared by their values. */
int sidle_spec_differ(const sidle_spec_list *a, const sidle_spec_list *b,
                      const char *path, sidle_spec_difference *difference);
/** The same of two entries. */
int sidle_spec_entries_differ(const sidle_spec_entry *a,
                              const sidle_spec_entry *b, const char *path,
                              sidle_spec_difference *difference);

#ifdef __cplusplus
}
#endif

#endif

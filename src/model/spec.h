/* spec.h - what a network is made of, as it was written: units and a loss by
 * the names of their kinds, with their options as text and where they stood.
 *
 * A specification knows no kind: it is read from a file or made by a program;
 * a kind's rows turn an entry's options into that kind's struct. */
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
    SIDLE_SPEC_MAX_ENTRIES = 4096, /* of a list, inner ones too */
    SIDLE_SPEC_MAX_DEPTH = 8,      /* lists inside each other */
    SIDLE_SPEC_MAX_OPTIONS = 64    /* of an entry */
};

typedef struct sidle_spec_option {
    char *key, *text; /* of a list "3, 5"; empty where there is nothing */
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
    sidle_spec_list inner; /* entries of its own, as a residual has */
};

typedef struct sidle_spec {
    sidle_spec_list layers;
    sidle_spec_entry loss; /* kind NULL: none */
} sidle_spec;

/** Append an entry without options to a list. Owns: the list; the answer is
 * good until the next one. All texts are copied. */
sidle_spec_entry *sidle_spec_add(sidle_spec_list *list, const char *kind,
                                 const char *path, const char *place);
/** Make `entry`, which was zero or one before, an entry without options. */
void sidle_spec_begin(sidle_spec_entry *entry, const char *kind,
                      const char *path, const char *place);
/** Set an option of an entry, in place of one of that key. */
void sidle_spec_set(sidle_spec_entry *entry, const char *key,
                    const sidle_option_text *value, const char *place);
/** The option of that key; NULL if it is not given. */
const sidle_spec_option *sidle_spec_get(const sidle_spec_entry *entry,
                                        const char *key);
/** A list of its own with the same entries, appended to *to. */
void sidle_spec_list_copy(const sidle_spec_list *from, sidle_spec_list *to);
/** Entries of a list, inner ones too. */
size_t sidle_spec_count(const sidle_spec_list *list);
/** These accept what is zero. */
void sidle_spec_list_done(sidle_spec_list *list);
void sidle_spec_entry_done(sidle_spec_entry *entry);
void sidle_spec_done(sidle_spec *spec);

/**
 * The options of an entry into the struct of its kind: the defaults, then what
 * is given.
 * Shapes: rows (n_rows) of the struct at `owner`; rows may be NULL if n_rows is
 *         0.
 * Errors: SIDLE_EUSAGE with the place: an unknown key with the nearest and all
 *         right ones, a wrong value, one that is required and not given, inner
 *         entries where `has_inner` is 0, none where it is 1.
 */
sidle_status sidle_spec_read(const sidle_spec_entry *entry,
                             const sidle_option *rows, size_t n_rows,
                             int has_inner, void *owner);
/** What is wrong with an entry, or with its option `key` (NULL: the entry), in
 * words that begin with a verb: "run.yaml:12:5: 'model.layers[3]' gets ..".
 * Answers SIDLE_EUSAGE. */
sidle_status sidle_spec_fail(const sidle_spec_entry *entry, const char *key,
                             const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- in spec_print.c */
/** The list as YAML, one entry a line behind `indent` blanks: "- relu". It
 * reads back to the same list. */
void sidle_spec_print(const sidle_spec_list *list, int indent, FILE *stream);
/** The same in one line, without the brackets around it. */
void sidle_spec_print_flow(const sidle_spec_list *list, FILE *stream);
/** A loss as YAML in one line: "mse" or "{kind: mse, ahead: 2}". */
void sidle_spec_print_loss(const sidle_spec_entry *loss, FILE *stream);

/* What one of two lists has where it ends before the other. */
#define SIDLE_SPEC_NOT_SET "(not set)"

/** The first place where two lists differ: its path, and what each has there.
 */
typedef struct sidle_spec_difference {
    char path[256], a[256], b[256];
} sidle_spec_difference;

/** Whether two lists, called `path`, differ; values are compared as numbers
 * where they are numbers. */
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

/* option_table.h - what the table of options says of each of them, and one
 * value at a time by it. For options.c. */
#ifndef SIDLE_RUN_OPTION_TABLE_H
#define SIDLE_RUN_OPTION_TABLE_H

#include "run/options.h"

#include <stddef.h>
#include <stdio.h>

typedef enum sidle_option_type {
    SIDLE_OPTION_INT,     /* int64_t */
    SIDLE_OPTION_SIZE,    /* ptrdiff_t */
    SIDLE_OPTION_REAL,    /* double */
    SIDLE_OPTION_FLAG,    /* int: false, true */
    SIDLE_OPTION_TEXT,    /* char[] */
    SIDLE_OPTION_WORD,    /* char[]: one of `words` */
    SIDLE_OPTION_ENUM,    /* an enum or int: the place of the word in `words` */
    SIDLE_OPTION_UNITS,   /* char[]: unit names, as a list or one word */
    SIDLE_OPTION_SIZES,   /* position_sizes: a list of ptrdiff_t */
    SIDLE_OPTION_SCHEDULE /* char[]: a row of the table of schedules */
} sidle_option_type;

typedef struct sidle_option {
    const char *path; /* "section.key" */
    sidle_option_type type;
    size_t offset, size;  /* in sidle_options, bytes */
    const char *standard; /* the default as text; NULL: not set */
    const char *unset;    /* what not set means, for people */
    int is_required;
    double least, most;          /* range of a number */
    int above_least, below_most; /* whether the ends are outside */
    const char *const *words;
    int n_words, n_available; /* known words, and those that work already */
    int is_only;              /* a flag: only the default works already */
    int is_single;            /* a real that is used in single precision */
    int is_path;              /* a text: ~/ in front is $HOME */
    const char *help;
} sidle_option;

/** All options, in the order of the dump; sections stand together. */
extern const sidle_option sidle_option_table[];
extern const size_t sidle_n_options;

/** The option of that path; NULL if there is none. */
const sidle_option *sidle_option_find(const char *path);
/** Whether options stand under it: "optim". */
int sidle_option_is_section(const char *path);
/** The key that a wrong one means: of another section, called as other programs
 * do, or misspelt; NULL if none is near. */
const char *sidle_option_guess(const char *path);

/** Read a value into the options; 0, and nothing done, if it is not right. */
int sidle_option_read(const sidle_option *row, const char *text,
                      sidle_options *options);
/** The same of a run's own file, which may be older than a rule: the limits of
 * single precision and what cannot be seen do not count. */
int sidle_option_read_stored(const sidle_option *row, const char *text,
                             sidle_options *options);
/** A number in range that single precision makes "0" or "1" of, which it may
 * not be; NULL: any other. */
const char *sidle_option_lost(const sidle_option *row, const char *text);
/** The value as YAML that sidle_settings_parse() reads back. */
void sidle_option_print(const sidle_option *row, const sidle_options *options,
                        FILE *stream);
/** Type and range in words: "an integer, 1 to 1000". */
void sidle_option_describe(const sidle_option *row, FILE *stream);

#endif

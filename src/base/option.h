/* option.h - one option as a row of a table: name, type, default, range and
 * meaning, and its functions: read a value, print it, describe valid values.
 *
 * A part with options owns a plain struct, and rows with the offsets of its
 * members; rows of several structs may have the same names. */
#ifndef SIDLE_BASE_OPTION_H
#define SIDLE_BASE_OPTION_H

#include <stddef.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_option_type {
    SIDLE_OPTION_INT,   /* int64_t */
    SIDLE_OPTION_SIZE,  /* ptrdiff_t */
    SIDLE_OPTION_PAIR,  /* ptrdiff_t[2]: [y, x], or one integer for both */
    SIDLE_OPTION_SIZES, /* ptrdiff_t[]: a list, its length at `n_offset` */
    SIDLE_OPTION_REAL,  /* double */
    SIDLE_OPTION_REALS, /* double[]: a list, its length at `n_offset` */
    SIDLE_OPTION_FLAG,  /* int: false, true */
    SIDLE_OPTION_TEXT,  /* char[] */
    SIDLE_OPTION_WORD,  /* char[]: one of `words` */
    SIDLE_OPTION_ENUM,  /* an enum or int: index of the word in `words` */
    SIDLE_OPTION_NAMES  /* char[]: names, as a list or one word */
} sidle_option_type;

typedef struct sidle_option {
    const char *name; /* as messages print it: "channels", "optim.lr" */
    sidle_option_type type;
    size_t offset, size;  /* of the member in its struct, bytes */
    const char *standard; /* the default as text; NULL: not set */
    const char *unset;    /* meaning of a missing value, for messages */
    int is_required;
    double least, most;          /* range of a number */
    int above_least, below_most; /* 1: that end is excluded */
    const char *const *words;
    int n_words, n_available; /* words, and how many are implemented */
    /* The implemented words, if they come from another table; `words` are then
     * those that are not implemented yet; may be NULL. */
    int (*find_words)(const char *const **words_p);
    size_t n_offset; /* of a list of numbers: offset of its length, an int */
    const char *expects; /* SIDLE_OPTION_NAMES: description of the names */
    int is_only;         /* a flag: only the default is implemented */
    int is_single;       /* a real that is used in single precision */
    int is_path;         /* a text: ~/ at its beginning is $HOME */
    const char *help;
} sidle_option;

/* Parts of a row: the offset of the member; the range, both ends included. */
#define SIDLE_OPTION_AT(type, member)                                          \
    .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define SIDLE_OPTION_RANGE(low, high) .least = (low), .most = (high)

/** The value of an option as it was found. */
typedef struct sidle_option_text {
    const char *text; /* of a list "a, b"; empty if there is no value */
    int is_list, is_null;
} sidle_option_text;

/** The row of that name; NULL if there is none. */
const sidle_option *sidle_option_row(const sidle_option *rows, size_t n_rows,
                                     const char *name);
/** The name of a row that is nearest to a misspelt name; NULL if none is near.
 */
const char *sidle_option_nearest(const sidle_option *rows, size_t n_rows,
                                 const char *name);
/** Set every member to its default. Without a default a number or a flag is -1,
 * a text or list is empty. Shapes: owner points to the struct of the rows. */
void sidle_option_defaults(const sidle_option *rows, size_t n_rows,
                           void *owner);
/** Whether the member has a value: its default, or one that was read. */
int sidle_option_is_set(const sidle_option *row, const void *owner);

/* ---- in option_read.c */
/** Read a value into the struct; 0, and no change, if it is not valid. */
int sidle_option_read(const sidle_option *row, const char *text, void *owner);
/** The same for a found value; only list types accept a list. */
int sidle_option_take(const sidle_option *row, const sidle_option_text *found,
                      void *owner);
/** The same for a value from a run's own file, which can be older than a rule:
 * limits of single precision and invisible characters are not checked. */
int sidle_option_take_stored(const sidle_option *row,
                             const sidle_option_text *found, void *owner);
/** "0" or "1" for a number in range that single precision rounds to this
 * excluded value; NULL for any other number. */
const char *sidle_option_lost(const sidle_option *row, const char *text);

/* ---- in option_print.c */
/** Print the value as YAML, from which the same value is read again. */
void sidle_option_print(const sidle_option *row, const void *owner,
                        FILE *stream);
/** Print a text as YAML: without quotes if no reader could take it for another
 * type. */
void sidle_option_print_text(const char *text, FILE *stream);
/* ---- in option_words.c */
/** Print type and range in words: "an integer, 1 to 1000". */
void sidle_option_describe(const sidle_option *row, FILE *stream);
/** Print "default 3" or "required". */
void sidle_option_print_standard(const sidle_option *row, FILE *stream);
/** Print name, type, range and default in one line, the meaning in the next,
 * both after `indent` blanks. */
void sidle_option_help(const sidle_option *row, int indent, FILE *stream);

/** Print why a value is not valid; `name` is the option's full name:
 * "'optim.lr' is 'x', expected a number, 0 to 1". */
void sidle_option_refuse(const sidle_option *row, const char *name,
                         const sidle_option_text *found, FILE *stream);
/** Print a text between quotes, at most one line of it, and an invisible
 * character as its number. */
void sidle_option_quote(const char *text, FILE *stream);
/** Print "; it holds the character U+00A0, ..": the first character that keys,
 * numbers and words never contain; in a text (`is_text`) the first invisible
 * one. */
void sidle_option_stranger(const char *text, int is_text, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif

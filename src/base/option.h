/* option.h - one option as a row of a table: name, type, default, range and
 * meaning, and what a row can do: read a value, print it, say what is right.
 *
 * Whoever has options owns a plain struct, and the rows that tell where its
 * members stand; several structs may have rows of the same names. */
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
    SIDLE_OPTION_FLAG,  /* int: false, true */
    SIDLE_OPTION_TEXT,  /* char[] */
    SIDLE_OPTION_WORD,  /* char[]: one of `words` */
    SIDLE_OPTION_ENUM,  /* an enum or int: the place of the word in `words` */
    SIDLE_OPTION_NAMES  /* char[]: names, as a list or one word */
} sidle_option_type;

typedef struct sidle_option {
    const char *name; /* as it stands in messages: "channels", "optim.lr" */
    sidle_option_type type;
    size_t offset, size;  /* of the member in its struct, bytes */
    const char *standard; /* the default as text; NULL: not set */
    const char *unset;    /* what not set means, for people */
    int is_required;
    double least, most;          /* range of a number */
    int above_least, below_most; /* whether the ends are outside */
    const char *const *words;
    int n_words, n_available; /* known words, and those that work already */
    /* The words that work, where a table of its own knows them: `words` are
     * then those that do not work yet; may be NULL. */
    int (*find_words)(const char *const **words_p);
    size_t n_offset; /* SIDLE_OPTION_SIZES: where its length stands, an int */
    const char *expects; /* SIDLE_OPTION_NAMES: what may stand there */
    int is_only;         /* a flag: only the default works already */
    int is_single;       /* a real that is used in single precision */
    int is_path;         /* a text: ~/ in front is $HOME */
    const char *help;
} sidle_option;

/* Of a row: where the member stands; the range, both ends in it. */
#define SIDLE_OPTION_AT(type, member)                                          \
    .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)
#define SIDLE_OPTION_RANGE(low, high) .least = (low), .most = (high)

/** What was found where the value of an option stands. */
typedef struct sidle_option_text {
    const char *text; /* of a list "a, b"; empty where there is nothing */
    int is_list, is_null;
} sidle_option_text;

/** The row of that name; NULL if there is none. */
const sidle_option *sidle_option_row(const sidle_option *rows, size_t n_rows,
                                     const char *name);
/** The name of a row that is nearest to a misspelt one; NULL if none is near.
 */
const char *sidle_option_nearest(const sidle_option *rows, size_t n_rows,
                                 const char *name);
/** Every member at its default. Without one a number is -1, a text empty, a
 * list too. Shapes: owner points to the struct of the rows. */
void sidle_option_defaults(const sidle_option *rows, size_t n_rows,
                           void *owner);
/** Whether the member has a value: its default, or one that was read. */
int sidle_option_is_set(const sidle_option *row, const void *owner);

/* ---- in option_read.c */
/** Read a value into the struct; 0, and nothing done, if it is not right. */
int sidle_option_read(const sidle_option *row, const char *text, void *owner);
/** The same of what was found; a list goes into types of lists only. */
int sidle_option_take(const sidle_option *row, const sidle_option_text *found,
                      void *owner);
/** The same of a run's own file, which may be older than a rule: the limits of
 * single precision and what cannot be seen do not count. */
int sidle_option_take_stored(const sidle_option *row,
                             const sidle_option_text *found, void *owner);
/** A number in range that single precision makes "0" or "1" of, which it may
 * not be; NULL: any other. */
const char *sidle_option_lost(const sidle_option *row, const char *text);

/* ---- in option_print.c */
/** The value as YAML, which reads back to the same. */
void sidle_option_print(const sidle_option *row, const void *owner,
                        FILE *stream);
/** A text as YAML: plain where no reader could take it for another type. */
void sidle_option_print_text(const char *text, FILE *stream);
/* ---- in option_words.c */
/** Type and range in words: "an integer, 1 to 1000". */
void sidle_option_describe(const sidle_option *row, FILE *stream);
/** "default 3", "required". */
void sidle_option_print_standard(const sidle_option *row, FILE *stream);
/** Name, type, range and default in one line, the meaning in the next;
 * `indent` blanks in front. */
void sidle_option_help(const sidle_option *row, int indent, FILE *stream);

/** What is wrong with a value that does not go in, in words; `name` is how the
 * option is called there: "'optim.lr' is 'x', expected a number, 0 to 1". */
void sidle_option_refuse(const sidle_option *row, const char *name,
                         const sidle_option_text *found, FILE *stream);
/** A text between quotes, not more than a line of it; what cannot be seen by
 * its number. */
void sidle_option_quote(const char *text, FILE *stream);
/** "; it holds the character U+00A0, ..": the first that keys, numbers and
 * words never have; of a text (`is_text`) one that cannot be seen. */
void sidle_option_stranger(const char *text, int is_text, FILE *stream);

#ifdef __cplusplus
}
#endif

#endif

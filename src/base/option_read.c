/* option_read.c - one option's value from text. Each reader answers whether the
 * text is right, and changes nothing where it is not. */
#include "base/option.h"

#include "base/status.h"
#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_MAX = 1024, /* bytes of a list of integers */
    WORD_MAX = 64    /* of a number in a list of reals */
};

/* A name that begins or ends with what cannot be seen is meant without it. */
static int has_unseen_end(const char *text)
{
    size_t size = strlen(text), at = 0, n;
    unsigned code = 0;

    for (; at < size; at += n) {
        n = sidle_character(text + at, size - at, &code);
        if (n == 0 || (at == 0 && sidle_is_unseen(code)))
            return n > 0;
    }
    return sidle_is_unseen(code);
}

static int copy_text(const sidle_option *row, const char *text, void *place)
{
    if (strlen(text) >= row->size)
        return 0;
    memset(place, 0, row->size);
    memcpy(place, text, strlen(text));
    return 1;
}

static int read_text(const sidle_option *row, const char *text, void *place)
{
    return !has_unseen_end(text) && copy_text(row, text, place);
}

static int is_in_range(const sidle_option *row, double value)
{
    if (value < row->least || value > row->most)
        return 0;
    return !(row->above_least && value == row->least) &&
           !(row->below_most && value == row->most);
}

static int read_whole(const sidle_option *row, const char *text,
                      int64_t *value_p)
{
    return sidle_text_whole(text, value_p) &&
           is_in_range(row, (double)*value_p);
}

static int read_int(const sidle_option *row, const char *text, void *place)
{
    int64_t value;
    ptrdiff_t size;

    if (!read_whole(row, text, &value))
        return 0;
    size = (ptrdiff_t)value;
    if (row->type == SIDLE_OPTION_INT)
        memcpy(place, &value, sizeof(value));
    else
        memcpy(place, &size, sizeof(size));
    return 1;
}

/* The integers of "66, 66 5", at most n_most; how many, or -1. */
static int read_list(const sidle_option *row, const char *text,
                     ptrdiff_t *sizes, int n_most)
{
    char copy[LIST_MAX], *rest = NULL;
    int n = 0;

    if (strlen(text) >= sizeof(copy))
        return -1;
    strcpy(copy, text);
    for (char *word = strtok_r(copy, ", ", &rest); word != NULL;
         word = strtok_r(NULL, ", ", &rest)) {
        int64_t value;

        if (n == n_most || !read_whole(row, word, &value))
            return -1;
        sizes[n++] = (ptrdiff_t)value;
    }
    return n;
}

static int read_pair(const sidle_option *row, const char *text, void *place)
{
    ptrdiff_t sizes[2];
    int n = read_list(row, text, sizes, 2);

    if (n < 1)
        return 0;
    if (n == 1)
        sizes[1] = sizes[0];
    memcpy(place, sizes, sizeof(sizes));
    return 1;
}

static int read_sizes(const sidle_option *row, const char *text, void *owner)
{
    ptrdiff_t sizes[LIST_MAX / 2] = {0};
    int n = read_list(row, text, sizes, (int)(row->size / sizeof(*sizes)));

    SIDLE_CHECK(row->size <= sizeof(sizes), "too long a list: '%s'", row->name);
    if (n < 0)
        return 0;
    memcpy((char *)owner + row->offset, sizes, row->size);
    memcpy((char *)owner + row->n_offset, &n, sizeof(n));
    return 1;
}

/* Whether a number that is not 0 became 0 as it was read. */
static int is_underflow(const char *text)
{
    errno = 0;
    return strtod(text, NULL) == 0.0 && errno == ERANGE;
}

/* What single precision, in which it is used, makes of a value in range: a
 * number that it must not be; or NULL. */
static const char *lost_as(const sidle_option *row, const char *text,
                           double value)
{
    float single = (float)value;

    if (!row->is_single)
        return NULL;
    if (single == 0.0f && (value != 0.0 || is_underflow(text)))
        return "0";
    return row->below_most && single >= (float)row->most ? "1" : NULL;
}

const char *sidle_option_lost(const sidle_option *row, const char *text)
{
    double value;

    if (row->type != SIDLE_OPTION_REAL || !sidle_text_real(text, &value) ||
        !is_in_range(row, value))
        return NULL;
    return lost_as(row, text, value);
}

static int read_real(const sidle_option *row, const char *text, void *place)
{
    double value;

    if (!sidle_text_real(text, &value) || !is_in_range(row, value) ||
        lost_as(row, text, value) != NULL)
        return 0;
    memcpy(place, &value, sizeof(value));
    return 1;
}

/* Of a run's own file: the limits of single precision do not count. */
static int read_stored_real(const sidle_option *row, const char *text,
                            void *place)
{
    double value;

    if (!row->is_single)
        return read_real(row, text, place);
    if (!sidle_text_real(text, &value) || value < row->least ||
        (row->above_least && value == row->least) ||
        (row->below_most && value >= row->most))
        return 0;
    memcpy(place, &value, sizeof(value));
    return 1;
}

/* The numbers of "1e-3, 0.002"; how many, or -1. `reals` may be NULL. */
static int read_each(const sidle_option *row, const char *text, int is_stored,
                     double *reals)
{
    const char *const between = ", ";
    int n = 0, n_most = (int)(row->size / sizeof(*reals));

    for (text += strspn(text, between); *text != '\0';
         text += strspn(text, between)) {
        char word[WORD_MAX] = "";
        size_t size = strcspn(text, between);
        double value;

        if (n == n_most || size >= sizeof(word))
            return -1;
        memcpy(word, text, size);
        if (!(is_stored ? read_stored_real(row, word, &value)
                        : read_real(row, word, &value)))
            return -1;
        if (reals != NULL)
            reals[n] = value;
        n++;
        text += size;
    }
    return n;
}

static int read_reals(const sidle_option *row, const char *text, int is_stored,
                      void *owner)
{
    /* Once for the length, so that a wrong list changes nothing. */
    int n = read_each(row, text, is_stored, NULL);

    if (n < 0)
        return 0;
    memset((char *)owner + row->offset, 0, row->size);
    read_each(row, text, is_stored,
              (double *)(void *)((char *)owner + row->offset));
    memcpy((char *)owner + row->n_offset, &n, sizeof(n));
    return 1;
}

static int word_at(const char *const *words, int n_words, const char *text)
{
    for (int i = 0; i < n_words; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return -1;
}

static int read_word(const sidle_option *row, const char *text, void *place)
{
    const char *const *words = row->words;
    int n =
        row->find_words != NULL ? row->find_words(&words) : row->n_available;
    int at = word_at(words, n, text);

    if (at < 0)
        return 0;
    if (row->type == SIDLE_OPTION_WORD)
        return read_text(row, text, place);
    memcpy(place, &at, sizeof(at));
    return 1;
}

/* As YAML's core schema spells them: yes, on and 1 are none. */
static int flag_of(const char *text)
{
    static const char *const words[] = {"false", "true",  "False",
                                        "True",  "FALSE", "TRUE"};
    int at = word_at(words, 6, text);

    return at < 0 ? -1 : at % 2;
}

static int read_flag(const sidle_option *row, const char *text, void *place)
{
    int flag = flag_of(text);

    if (flag < 0 || (row->is_only && flag != flag_of(row->standard)))
        return 0;
    memcpy(place, &flag, sizeof(flag));
    return 1;
}

/* "auto", or names between commas, none of them empty. */
static int read_names(const sidle_option *row, const char *text, void *place)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_.";
    const char *at = text;

    for (;; at++) {
        size_t n;

        at += strspn(at, " ");
        n = strspn(at, letters);
        at += n;
        at += strspn(at, " ");
        if (n == 0 || (*at != ',' && *at != '\0'))
            return 0;
        if (*at == '\0')
            return read_text(row, text, place);
    }
}

static int read_value(const sidle_option *row, const char *text, int is_stored,
                      void *owner)
{
    void *place = (char *)owner + row->offset;

    switch (row->type) {
    case SIDLE_OPTION_INT:
    case SIDLE_OPTION_SIZE:
        return read_int(row, text, place);
    case SIDLE_OPTION_PAIR:
        return read_pair(row, text, place);
    case SIDLE_OPTION_SIZES:
        return read_sizes(row, text, owner);
    case SIDLE_OPTION_REAL:
        return is_stored ? read_stored_real(row, text, place)
                         : read_real(row, text, place);
    case SIDLE_OPTION_REALS:
        return read_reals(row, text, is_stored, owner);
    case SIDLE_OPTION_FLAG:
        return read_flag(row, text, place);
    case SIDLE_OPTION_TEXT:
        return is_stored ? copy_text(row, text, place)
                         : read_text(row, text, place);
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_ENUM:
        return read_word(row, text, place);
    case SIDLE_OPTION_NAMES:
        return read_names(row, text, place);
    }
    return 0;
}

static int takes_lists(const sidle_option *row)
{
    return row->type == SIDLE_OPTION_NAMES || row->type == SIDLE_OPTION_SIZES ||
           row->type == SIDLE_OPTION_REALS || row->type == SIDLE_OPTION_PAIR;
}

int sidle_option_read(const sidle_option *row, const char *text, void *owner)
{
    return read_value(row, text, 0, owner);
}

int sidle_option_take(const sidle_option *row, const sidle_option_text *found,
                      void *owner)
{
    return (!found->is_list || takes_lists(row)) &&
           read_value(row, found->text, 0, owner);
}

int sidle_option_take_stored(const sidle_option *row,
                             const sidle_option_text *found, void *owner)
{
    return (!found->is_list || takes_lists(row)) &&
           read_value(row, found->text, 1, owner);
}

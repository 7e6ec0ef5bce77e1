/* option_value.c - one option: its value from text, and its range in words. */
#include "base/text.h"
#include "base/utf8.h"
#include "run/option_table.h"
#include "schedule/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* All names, also of schedules that have no row in their table yet. */
static const char *const schedules[] = {
    "backprop",      "gpipe",   "1f1b",      "zero-bubble",  "sideways",
    "sideways-1f1b", "delayed", "pipedream", "skip-sideways"};

#define N_SCHEDULES (sizeof(schedules) / sizeof(schedules[0]))

/* ---- what an option may be, in words */

static void print_list(FILE *stream, const char *const *words, int n_words)
{
    for (int i = 0; i < n_words; i++)
        fprintf(stream, "%s%s", i > 0 ? ", " : "", words[i]);
}

static void print_words(FILE *stream, const char *const *words, int n_words,
                        const char *const *missing, int n_missing)
{
    if (n_words > 1)
        fprintf(stream, "one of ");
    print_list(stream, words, n_words);
    if (n_missing == 0)
        return;
    fprintf(stream, "; ");
    print_list(stream, missing, n_missing);
    fprintf(stream, " %s not available in this version",
            n_missing > 1 ? "are" : "is");
}

static void print_schedules(FILE *stream)
{
    const char *const *names, *missing[N_SCHEDULES];
    int n_names = sidle_schedule_names(&names), n_missing = 0;

    for (size_t i = 0; i < N_SCHEDULES; i++)
        if (sidle_schedule_find(schedules[i]) == NULL)
            missing[n_missing++] = schedules[i];
    print_words(stream, names, n_names, missing, n_missing);
}

static void print_range(FILE *stream, const sidle_option *row)
{
    const char *until = row->below_most ? "to less than" : "to";

    if (row->above_least)
        fprintf(stream, ", above %.10g, at most", row->least);
    else
        fprintf(stream, ", %.10g %s", row->least, until);
    /* Whole numbers as people write them, without an exponent. */
    fprintf(stream, row->most < 1e16 ? " %.16g" : " %.10g", row->most);
}

static void print_flags(FILE *stream, const sidle_option *row)
{
    static const char *const words[] = {"false", "true"};
    int standard = row->is_only && strcmp(row->standard, "true") == 0;

    if (row->is_only)
        print_words(stream, &words[standard], 1, &words[!standard], 1);
    else
        fputs("true or false", stream);
}

void sidle_option_describe(const sidle_option *row, FILE *stream)
{
    switch (row->type) {
    case SIDLE_OPTION_INT:
    case SIDLE_OPTION_SIZE:
        fprintf(stream, "an integer");
        print_range(stream, row);
        break;
    case SIDLE_OPTION_REAL:
        fprintf(stream, "a number");
        print_range(stream, row);
        break;
    case SIDLE_OPTION_FLAG:
        print_flags(stream, row);
        break;
    case SIDLE_OPTION_TEXT:
        fprintf(stream, "text of at most %zu bytes", row->size - 1);
        break;
    case SIDLE_OPTION_UNITS:
        fprintf(stream, "auto or a list of unit names");
        break;
    case SIDLE_OPTION_SIZES:
        fprintf(stream, "a list of at most %d integers, 1 to %.16g",
                SIDLE_MAX_POSITION_TABLES, row->most);
        break;
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_ENUM:
        print_words(stream, row->words, row->n_available,
                    row->words + row->n_available,
                    row->n_words - row->n_available);
        break;
    case SIDLE_OPTION_SCHEDULE:
        print_schedules(stream);
        break;
    }
}

/* ---- one value; each reader answers whether the text is right */

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

static int read_int(const sidle_option *row, const char *text, void *place)
{
    int64_t value;
    ptrdiff_t size;

    if (!sidle_text_whole(text, &value) || !is_in_range(row, (double)value))
        return 0;
    size = (ptrdiff_t)value;
    if (row->type == SIDLE_OPTION_INT)
        memcpy(place, &value, sizeof(value));
    else
        memcpy(place, &size, sizeof(size));
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

static int word_at(const char *const *words, int n_words, const char *text)
{
    for (int i = 0; i < n_words; i++)
        if (strcmp(words[i], text) == 0)
            return i;
    return -1;
}

static int read_word(const sidle_option *row, const char *text, void *place)
{
    int at = word_at(row->words, row->n_available, text);

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
static int read_units(const sidle_option *row, const char *text, void *place)
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

static int read_sizes(const sidle_option *row, const char *text,
                      sidle_perceiver *model)
{
    ptrdiff_t sizes[SIDLE_MAX_POSITION_TABLES] = {0};
    char copy[SIDLE_TEXT_MAX], *rest = NULL;
    int n = 0;

    if (strlen(text) >= sizeof(copy))
        return 0;
    strcpy(copy, text);
    for (char *word = strtok_r(copy, ", ", &rest); word != NULL;
         word = strtok_r(NULL, ", ", &rest)) {
        int64_t value;

        if (n == SIDLE_MAX_POSITION_TABLES || !sidle_text_whole(word, &value) ||
            !is_in_range(row, (double)value))
            return 0;
        sizes[n++] = (ptrdiff_t)value;
    }
    memcpy(model->position_sizes, sizes, sizeof(sizes));
    model->n_position_sizes = n;
    return 1;
}

int sidle_option_read(const sidle_option *row, const char *text,
                      sidle_options *options)
{
    void *place = (char *)options + row->offset;

    switch (row->type) {
    case SIDLE_OPTION_INT:
    case SIDLE_OPTION_SIZE:
        return read_int(row, text, place);
    case SIDLE_OPTION_REAL:
        return read_real(row, text, place);
    case SIDLE_OPTION_FLAG:
        return read_flag(row, text, place);
    case SIDLE_OPTION_TEXT:
        return read_text(row, text, place);
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_ENUM:
        return read_word(row, text, place);
    case SIDLE_OPTION_UNITS:
        return read_units(row, text, place);
    case SIDLE_OPTION_SIZES:
        return read_sizes(row, text, &options->model);
    case SIDLE_OPTION_SCHEDULE:
        return sidle_schedule_find(text) != NULL && read_text(row, text, place);
    }
    return 0;
}

int sidle_option_read_stored(const sidle_option *row, const char *text,
                             sidle_options *options)
{
    double value;

    if (row->type == SIDLE_OPTION_TEXT)
        return copy_text(row, text, (char *)options + row->offset);
    if (!row->is_single)
        return sidle_option_read(row, text, options);
    if (!sidle_text_real(text, &value) || value < row->least ||
        (row->above_least && value == row->least) ||
        (row->below_most && value >= row->most))
        return 0;
    memcpy((char *)options + row->offset, &value, sizeof(value));
    return 1;
}

/* option_print.c - one option's value as YAML that all readers take for the
 * same type. */
#include "base/option.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Words that YAML 1.1 or 1.2 takes for another type, in small letters. */
static int is_word_of_yaml(const char *text, size_t size)
{
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strlen(words[i]) == size && strncasecmp(text, words[i], size) == 0)
            return 1;
    return 0;
}

/* Whether every reader of YAML, 1.1 and 1.2, takes it for text: numbers, dates
 * and times begin with a digit, a sign or a point. */
static int is_plainly_text(const char *text, size_t size)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char others[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    int is_path = text[0] == '/' || strncmp(text, "./", 2) == 0 ||
                  strncmp(text, "../", 3) == 0;

    return (is_path || strspn(text, letters) > 0) &&
           strspn(text, others) >= size && !is_word_of_yaml(text, size);
}

/* Plain where nothing could be misread, else in double quotes. */
static void print_part(const char *text, size_t size, FILE *stream)
{
    if (size > 0 && is_plainly_text(text, size)) {
        fprintf(stream, "%.*s", (int)size, text);
        return;
    }
    fputc('"', stream);
    for (size_t i = 0; i < size; i++)
        fprintf(stream, text[i] == '"' || text[i] == '\\' ? "\\%c" : "%c",
                text[i]);
    fputc('"', stream);
}

void sidle_option_print_text(const char *text, FILE *stream)
{
    print_part(text, strlen(text), stream);
}

/* As few digits as read back to the same bits, and a point: without it YAML 1.1
 * takes 1e-08 for text, and 1 is an integer to all. */
static void print_real(FILE *stream, double value)
{
    char text[40];
    size_t n;

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    n = strcspn(text, ".e");
    fprintf(stream, "%.*s%s%s", (int)n, text, text[n] == '.' ? "" : ".0",
            text + n);
}

/* One word, or the list with each of its names as a text. */
static void print_names(FILE *stream, const char *text)
{
    int is_list = strchr(text, ',') != NULL;

    fputs(is_list ? "[" : "", stream);
    for (const char *between = ""; *text != '\0'; between = ", ") {
        size_t n = strcspn(text, ", ");

        fputs(between, stream);
        print_part(text, n, stream);
        text += n;
        text += strspn(text, ", ");
    }
    fputs(is_list ? "]" : "", stream);
}

static void print_sizes(FILE *stream, const ptrdiff_t *sizes, int n_sizes)
{
    fputc('[', stream);
    for (int i = 0; i < n_sizes; i++)
        fprintf(stream, "%s%td", i > 0 ? ", " : "", sizes[i]);
    fputc(']', stream);
}

static void print_reals(FILE *stream, const double *reals, int n_reals)
{
    fputc('[', stream);
    for (int i = 0; i < n_reals; i++) {
        fputs(i > 0 ? ", " : "", stream);
        print_real(stream, reals[i]);
    }
    fputc(']', stream);
}

static int length_of(const sidle_option *row, const void *owner)
{
    return *(const int *)(const void *)((const char *)owner + row->n_offset);
}

/* One number where it is one: as it is mostly written. */
static void print_pair(FILE *stream, const ptrdiff_t pair[2])
{
    if (pair[0] == pair[1])
        fprintf(stream, "%td", pair[0]);
    else
        print_sizes(stream, pair, 2);
}

static void print_enum(const sidle_option *row, int at, FILE *stream)
{
    const char *const *words = row->words;

    if (row->find_words != NULL)
        row->find_words(&words);
    sidle_option_print_text(words[at], stream);
}

void sidle_option_print(const sidle_option *row, const void *owner,
                        FILE *stream)
{
    const void *place = (const char *)owner + row->offset;

    switch (row->type) {
    case SIDLE_OPTION_INT:
        fprintf(stream, "%" PRId64, *(const int64_t *)place);
        break;
    case SIDLE_OPTION_SIZE:
        fprintf(stream, "%td", *(const ptrdiff_t *)place);
        break;
    case SIDLE_OPTION_PAIR:
        print_pair(stream, place);
        break;
    case SIDLE_OPTION_SIZES:
        print_sizes(stream, place, length_of(row, owner));
        break;
    case SIDLE_OPTION_REAL:
        print_real(stream, *(const double *)place);
        break;
    case SIDLE_OPTION_REALS:
        print_reals(stream, place, length_of(row, owner));
        break;
    case SIDLE_OPTION_FLAG:
        fputs(*(const int *)place ? "true" : "false", stream);
        break;
    case SIDLE_OPTION_ENUM:
        print_enum(row, *(const int *)place, stream);
        break;
    case SIDLE_OPTION_TEXT:
    case SIDLE_OPTION_WORD:
        sidle_option_print_text(place, stream);
        break;
    case SIDLE_OPTION_NAMES:
        print_names(stream, place);
        break;
    }
}

/* option_print.c - one option's value as YAML that all readers take for the
 * same type. */
#include "run/option_table.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Words that YAML 1.1 or 1.2 takes for another type, in small letters. */
static int is_word_of_yaml(const char *text)
{
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (strcasecmp(text, words[i]) == 0)
            return 1;
    return 0;
}

/* Whether every reader of YAML, 1.1 and 1.2, takes it for text: numbers, dates
 * and times begin with a digit, a sign or a point. */
static int is_plainly_text(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    static const char others[] = "abcdefghijklmnopqrstuvwxyz"
                                 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";
    int is_path = text[0] == '/' || strncmp(text, "./", 2) == 0 ||
                  strncmp(text, "../", 3) == 0;

    return (is_path || strspn(text, letters) > 0) &&
           strspn(text, others) == strlen(text) && !is_word_of_yaml(text);
}

/* Plain where nothing could be misread, else in double quotes. */
static void print_text(FILE *stream, const char *text)
{
    if (is_plainly_text(text)) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++)
        fprintf(stream, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('"', stream);
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

/* "auto", or the list with each of its names as a text. */
static void print_units(FILE *stream, const char *text)
{
    int is_list = strchr(text, ',') != NULL;
    char name[SIDLE_UNITS_MAX];

    fputs(is_list ? "[" : "", stream);
    for (const char *between = ""; *text != '\0'; between = ", ") {
        size_t n = strcspn(text, ", ");

        snprintf(name, sizeof(name), "%.*s", (int)n, text);
        fputs(between, stream);
        print_text(stream, name);
        text += n;
        text += strspn(text, ", ");
    }
    fputs(is_list ? "]" : "", stream);
}

static void print_sizes(FILE *stream, const sidle_perceiver *model)
{
    fputc('[', stream);
    for (int i = 0; i < model->n_position_sizes; i++)
        fprintf(stream, "%s%td", i > 0 ? ", " : "", model->position_sizes[i]);
    fputc(']', stream);
}

void sidle_option_print(const sidle_option *row, const sidle_options *options,
                        FILE *stream)
{
    const void *place = (const char *)options + row->offset;

    switch (row->type) {
    case SIDLE_OPTION_INT:
        fprintf(stream, "%" PRId64, *(const int64_t *)place);
        break;
    case SIDLE_OPTION_SIZE:
        fprintf(stream, "%td", *(const ptrdiff_t *)place);
        break;
    case SIDLE_OPTION_REAL:
        print_real(stream, *(const double *)place);
        break;
    case SIDLE_OPTION_FLAG:
        fputs(*(const int *)place ? "true" : "false", stream);
        break;
    case SIDLE_OPTION_ENUM:
        print_text(stream, row->words[*(const int *)place]);
        break;
    case SIDLE_OPTION_TEXT:
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_SCHEDULE:
        print_text(stream, place);
        break;
    case SIDLE_OPTION_UNITS:
        print_units(stream, place);
        break;
    case SIDLE_OPTION_SIZES:
        print_sizes(stream, &options->model);
        break;
    }
}

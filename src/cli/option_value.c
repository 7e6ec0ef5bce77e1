/* option_value.c - one option: its value from text and to text, its range in
 * words. */
#include "base/text.h"
#include "cli/option_table.h"
#include "schedule/plan.h"

#include <inttypes.h>
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
    fprintf(stream, n_words > 1 ? "one of " : "only ");
    print_list(stream, words, n_words);
    if (n_missing == 0)
        return;
    fprintf(stream, " (not available yet: ");
    print_list(stream, missing, n_missing);
    fprintf(stream, ")");
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
    int is_open_up = row->most > 1e12;

    if (row->is_only)
        fprintf(stream, ", only %s is available yet", row->standard);
    else if (is_open_up)
        fprintf(stream, ", %s %g", row->above_least ? "above" : "at least",
                row->least);
    else
        fprintf(stream, ", %.10g %s %.10g", row->least,
                row->below_most ? "to less than" : "to", row->most);
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
        fprintf(stream,
                row->is_only ? "true or false, only %s is available yet"
                             : "true or false",
                row->standard);
        break;
    case SIDLE_OPTION_TEXT:
        fprintf(stream, "text of at most %zu bytes", row->size - 1);
        break;
    case SIDLE_OPTION_UNITS:
        fprintf(stream, "auto or a list of unit names");
        break;
    case SIDLE_OPTION_SIZES:
        fprintf(stream, "a list of at most %d integers from 1",
                SIDLE_MAX_POSITION_TABLES);
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

static int read_text(const sidle_option *row, const char *text, void *place)
{
    if (strlen(text) >= row->size)
        return 0;
    memset(place, 0, row->size);
    memcpy(place, text, strlen(text));
    return 1;
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

    if (!sidle_text_int(text, &value) || !is_in_range(row, (double)value))
        return 0;
    size = (ptrdiff_t)value;
    if (row->type == SIDLE_OPTION_INT)
        memcpy(place, &value, sizeof(value));
    else
        memcpy(place, &size, sizeof(size));
    return 1;
}

static int read_real(const sidle_option *row, const char *text, void *place)
{
    double value;

    if (!sidle_text_real(text, &value) || !is_in_range(row, value))
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

static int read_flag(const char *text, void *place)
{
    static const char *const words[] = {"false", "true"};
    int at = word_at(words, 2, text);

    if (at < 0)
        return 0;
    memcpy(place, &at, sizeof(at));
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

        if (n == SIDLE_MAX_POSITION_TABLES || !sidle_text_int(word, &value) ||
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

    if (row->is_only && strcmp(text, row->standard) != 0)
        return 0;
    switch (row->type) {
    case SIDLE_OPTION_INT:
    case SIDLE_OPTION_SIZE:
        return read_int(row, text, place);
    case SIDLE_OPTION_REAL:
        return read_real(row, text, place);
    case SIDLE_OPTION_FLAG:
        return read_flag(text, place);
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

/* ---- one value as YAML */

/* Plain where nothing could be misread, else in double quotes. */
static void print_text(FILE *stream, const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-";

    if (text[0] != '\0' && text[0] != '-' &&
        strspn(text, plain) == strlen(text) && strcmp(text, "null") != 0) {
        fputs(text, stream);
        return;
    }
    fputc('"', stream);
    for (; *text != '\0'; text++)
        fprintf(stream, *text == '"' || *text == '\\' ? "\\%c" : "%c", *text);
    fputc('"', stream);
}

/* As few digits as read back to the same bits. */
static void print_real(FILE *stream, double value)
{
    char text[40];

    for (int digits = 1; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*g", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    fputs(text, stream);
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
        fputs(row->words[*(const int *)place], stream);
        break;
    case SIDLE_OPTION_TEXT:
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_SCHEDULE:
        print_text(stream, place);
        break;
    case SIDLE_OPTION_UNITS:
        fprintf(stream, strchr(place, ',') != NULL ? "[%s]" : "%s",
                (const char *)place);
        break;
    case SIDLE_OPTION_SIZES:
        print_sizes(stream, &options->model);
        break;
    }
}

/* option_words.c - what a person reads of an option: its range, its default,
 * its line in a help, and what is wrong with a value. */
#include "base/option.h"

#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

enum { SHOWN = 200 }; /* of a text, characters */

/* ---- what an option may be */

static void print_list(FILE *stream, const char *const *words, int n_words)
{
    for (int i = 0; i < n_words; i++)
        fprintf(stream, "%s%s", i > 0 ? ", " : "", words[i]);
}

static int is_in(const char *word, const char *const *words, int n_words)
{
    for (int i = 0; i < n_words; i++)
        if (strcmp(words[i], word) == 0)
            return 1;
    return 0;
}

/* The known words that do not work yet. */
static void print_missing(FILE *stream, const char *const *known, int n_known,
                          const char *const *words, int n_words)
{
    int n = 0;

    for (int i = 0; i < n_known; i++)
        if (!is_in(known[i], words, n_words))
            fprintf(stream, "%s%s", n++ > 0 ? ", " : "; ", known[i]);
    if (n > 0)
        fprintf(stream, " %s not available in this version",
                n > 1 ? "are" : "is");
}

static void print_words(FILE *stream, const sidle_option *row)
{
    const char *const *words = row->words;
    int n =
        row->find_words != NULL ? row->find_words(&words) : row->n_available;

    if (n > 1)
        fprintf(stream, "one of ");
    print_list(stream, words, n);
    print_missing(stream, row->words, row->n_words, words, n);
}

static void print_flags(FILE *stream, const sidle_option *row)
{
    static const char *const words[] = {"false", "true"};
    int standard = row->is_only && strcmp(row->standard, "true") == 0;

    fputs(row->is_only ? words[standard] : "true or false", stream);
    if (row->is_only)
        print_missing(stream, words, 2, &words[standard], 1);
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

void sidle_option_describe(const sidle_option *row, FILE *stream)
{
    switch (row->type) {
    case SIDLE_OPTION_INT:
    case SIDLE_OPTION_SIZE:
        fprintf(stream, "an integer");
        print_range(stream, row);
        break;
    case SIDLE_OPTION_PAIR:
        fprintf(stream, "an integer or [y, x]");
        print_range(stream, row);
        break;
    case SIDLE_OPTION_SIZES:
        fprintf(stream, "a list of at most %zu integers",
                row->size / sizeof(ptrdiff_t));
        print_range(stream, row);
        break;
    case SIDLE_OPTION_REALS:
        fprintf(stream, "a list of at most %zu numbers",
                row->size / sizeof(double));
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
    case SIDLE_OPTION_NAMES:
        fputs(row->expects, stream);
        break;
    case SIDLE_OPTION_WORD:
    case SIDLE_OPTION_ENUM:
        print_words(stream, row);
        break;
    }
}

void sidle_option_print_standard(const sidle_option *row, FILE *stream)
{
    int is_list =
        row->type == SIDLE_OPTION_SIZES || row->type == SIDLE_OPTION_REALS;
    const char *empty = is_list ? "[]" : "none";

    if (row->standard != NULL)
        fprintf(stream, "default %s",
                row->standard[0] != '\0' ? row->standard : empty);
    else if (row->is_required)
        fprintf(stream, "required");
    else
        fprintf(stream, "default %s", row->unset);
}

void sidle_option_help(const sidle_option *row, int indent, FILE *stream)
{
    fprintf(stream, "%*s%-*s ", indent, "", 26 - indent, row->name);
    sidle_option_describe(row, stream);
    fprintf(stream, "; ");
    sidle_option_print_standard(row, stream);
    fprintf(stream, "\n%*s%s\n", indent + 4, "", row->help);
}

/* ---- what is wrong with a value */

void sidle_option_quote(const char *text, FILE *stream)
{
    size_t size = strlen(text), at = 0, n;

    fputc('\'', stream);
    for (int i = 0; at < size && i < SHOWN; i++, at += n) {
        unsigned code = 0;

        n = sidle_character(text + at, size - at, &code);
        if (n == 0)
            n = 1;
        if (sidle_is_unseen(code))
            fprintf(stream, "<U+%04X>", code);
        else
            fwrite(text + at, 1, n, stream);
    }
    fputs(at < size ? "'.." : "'", stream);
}

void sidle_option_stranger(const char *text, int is_text, FILE *stream)
{
    size_t size = strlen(text), n;

    for (size_t at = 0; at < size; at += n) {
        unsigned code = 0;

        n = sidle_character(text + at, size - at, &code);
        if (n > 1 && (!is_text || sidle_is_unseen(code))) {
            fprintf(stream, "; it contains the character U+%04X, which %s",
                    code,
                    sidle_is_unseen(code) ? "is invisible; remove it"
                                          : "no key, number or word has");
            return;
        }
        n = n > 0 ? n : 1;
    }
}

void sidle_option_refuse(const sidle_option *row, const char *name,
                         const sidle_option_text *found, FILE *stream)
{
    const char *lost = sidle_option_lost(row, found->text);

    fprintf(stream, "'%s' is %s", name,
            found->is_list   ? "the list "
            : found->is_null ? "empty"
                             : "");
    if (!found->is_null)
        sidle_option_quote(found->text, stream);
    if (lost != NULL)
        fprintf(stream, ", which becomes %s in single precision", lost);
    fprintf(stream, ", expected ");
    sidle_option_describe(row, stream);
    sidle_option_stranger(found->text, row->type == SIDLE_OPTION_TEXT, stream);
}

/* expand.c - variables, job numbers and home folders in the values that a user
 * wrote. One pass: what is put in is not looked at again. */
#include "run/expand.h"

#include "base/utf8.h"
#include "run/option_table.h"
#include "run/option_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"

enum { NAME_MAX_SIZE = 128 };

static const char *set_value(const char *name)
{
    const char *value = getenv(name);

    return value != NULL && value[0] != '\0' ? value : NULL;
}

/* ---- $NAME */

/* The name at `text`, behind the dollar; answers the bytes that it takes with
 * its brackets, 0 if there is none. */
static size_t read_name(const char *text, char name[NAME_MAX_SIZE])
{
    int is_in_brackets = text[0] == '{';
    const char *start = text + is_in_brackets;
    size_t n =
        strspn(start, LETTERS) > 0 ? strspn(start, LETTERS "0123456789") : 0;

    if (n == 0 || n >= NAME_MAX_SIZE || (is_in_brackets && start[n] != '}'))
        return 0;
    snprintf(name, NAME_MAX_SIZE, "%.*s", (int)n, start);
    return n + 2 * (size_t)is_in_brackets;
}

static sidle_status put_variable(FILE *out, const char **at_p)
{
    char name[NAME_MAX_SIZE];
    const char *value;
    size_t n = read_name(*at_p + 1, name);

    if (n == 0)
        return sidle_fail(
            SIDLE_EUSAGE,
            "'$' must begin the name of a variable, as in $NAME or "
            "${NAME}; write $$ for a dollar sign");
    value = getenv(name);
    if (value == NULL)
        return sidle_fail(SIDLE_EUSAGE,
                          "the variable '%s' is not set in the environment; "
                          "set it, or write $$ for a dollar sign",
                          name);
    if (value[sidle_not_text(value, strlen(value), "")] != '\0')
        return sidle_fail(SIDLE_EUSAGE,
                          "the variable '%s' is not one line of text in UTF-8",
                          name);
    fputs(value, out);
    *at_p += 1 + n;
    return SIDLE_OK;
}

/* ---- %j */

static const struct number {
    char letter;
    const char *names[2]; /* the second one: of older versions */
    const char *what, *where;
} numbers[] = {
    {'j',
     {"SLURM_JOB_ID", "SLURM_JOBID"},
     "the number of a Slurm job",
     "a Slurm job"},
    {'a',
     {"SLURM_ARRAY_TASK_ID", NULL},
     "the number of an array task",
     "a job array (sbatch --array)"},
    {'A',
     {"SLURM_ARRAY_JOB_ID", NULL},
     "the number of a job array",
     "a job array (sbatch --array)"},
};

static sidle_status put_number(FILE *out, const char **at_p)
{
    char letter = (*at_p)[1];

    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        const struct number *n = &numbers[i];
        const char *value;

        if (n->letter != letter)
            continue;
        value = set_value(n->names[0]);
        if (value == NULL && n->names[1] != NULL)
            value = set_value(n->names[1]);
        if (value == NULL)
            return sidle_fail(
                SIDLE_EUSAGE,
                "%%%c is %s, but %s is not set: this process does "
                "not run in %s; write %%%% for a percent sign",
                letter, n->what, n->names[0], n->where);
        fputs(value, out);
        *at_p += 2;
        return SIDLE_OK;
    }
    return sidle_fail(SIDLE_EUSAGE,
                      "'%%' must begin %%j, %%a or %%A, the numbers of the "
                      "Slurm job, array task and array; write %%%% for a "
                      "percent sign");
}

static sidle_status put_all(FILE *out, const char *text, int has_numbers)
{
    const char *at = text;

    while (*at != '\0') {
        int is_dollar = *at == '$', is_percent = *at == '%' && has_numbers;

        if (!is_dollar && !is_percent) {
            fputc(*at++, out);
        } else if (at[1] == at[0]) {
            fputc(at[0], out);
            at += 2;
        } else {
            SIDLE_TRY(is_dollar ? put_variable(out, &at)
                                : put_number(out, &at));
        }
    }
    return SIDLE_OK;
}

/* ---- ~/ */

sidle_status sidle_expand_path(const char *word, char **path_p)
{
    const char *home = set_value("HOME");
    size_t size = strlen(word) + 1 + (home != NULL ? strlen(home) : 0);

    if (strcmp(word, "-") == 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "'-' means standard input or output, which is not "
                          "supported here; name a file, or './-' for a file of "
                          "that name");
    if (word[0] == '~' && word[1] != '/' && word[1] != '\0')
        return sidle_fail(SIDLE_EUSAGE,
                          "'~' means $HOME only before a slash; write the "
                          "whole path, or './%s' for a file of that name",
                          word);
    if (word[0] == '~' && home == NULL)
        return sidle_fail(SIDLE_EUSAGE,
                          "'~' means $HOME, but the variable 'HOME' is not "
                          "set; write the whole path");
    *path_p = malloc(size);
    SIDLE_CHECK(*path_p != NULL, "no memory for a path");
    if (word[0] == '~')
        snprintf(*path_p, size, "%s%s", home, word + 1);
    else
        memcpy(*path_p, word, strlen(word) + 1);
    return SIDLE_OK;
}

/* ---- settings */

static sidle_status expand_text(const char *text, const sidle_option *row,
                                char **value_p)
{
    int has_numbers = row != NULL && strcmp(row->name, "run.dir") == 0;
    char *value = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&value, &size);
    sidle_status status;

    SIDLE_CHECK(out != NULL, "no memory for a value");
    status = put_all(out, text, has_numbers);
    SIDLE_CHECK(fclose(out) == 0, "no memory for a value");
    if (status == SIDLE_OK && row != NULL && row->is_path)
        status = sidle_expand_path(value, value_p);
    else if (status == SIDLE_OK) {
        *value_p = value;
        return SIDLE_OK;
    }
    free(value);
    return status;
}

/* Whether a later setting takes the place of number i. */
static int is_replaced(const sidle_settings *settings, size_t i)
{
    for (size_t k = i + 1; k < settings->n; k++)
        if (strcmp(settings->all[k].path, settings->all[i].path) == 0)
            return 1;
    return 0;
}

static void leave_out(sidle_settings *settings, size_t i)
{
    free(settings->all[i].path);
    free(settings->all[i].value);
    sidle_spec_list_done(&settings->all[i].list);
    settings->n--;
    memmove(&settings->all[i], &settings->all[i + 1],
            (settings->n - i) * sizeof(*settings->all));
}

/* One that is replaced needs no variable: a run.dir with %j is for jobs. */
static void leave_out_replaced(sidle_settings *settings, size_t first)
{
    /* From the last on: what is left out moves only those that were looked
     * at. */
    for (size_t i = settings->n; i-- > first;)
        if (strpbrk(settings->all[i].value, "$%~") != NULL &&
            is_replaced(settings, i))
            leave_out(settings, i);
}

static sidle_status expand_in_place(char **text_p, const sidle_option *row)
{
    char *value;

    SIDLE_TRY(expand_text(*text_p, row, &value));
    free(*text_p);
    *text_p = value;
    return SIDLE_OK;
}

static sidle_status expand_list(sidle_spec_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        sidle_spec_entry *entry = &list->entries[i];

        SIDLE_TRY(expand_in_place(&entry->kind, NULL));
        for (size_t k = 0; k < entry->n_options; k++)
            SIDLE_TRY(expand_in_place(&entry->options[k].text, NULL));
        SIDLE_TRY(expand_list(&entry->inner));
    }
    return SIDLE_OK;
}

sidle_status sidle_expand(sidle_settings *settings, size_t first)
{
    leave_out_replaced(settings, first);
    for (size_t i = first; i < settings->n; i++) {
        sidle_setting *setting = &settings->all[i];
        const sidle_option *row = sidle_option_find(setting->path);
        char place[SIDLE_TEXT_MAX];

        if (expand_in_place(&setting->value, row) != SIDLE_OK ||
            expand_list(&setting->list) != SIDLE_OK) {
            sidle_setting_place(setting, place, sizeof(place));
            return sidle_fail_in(SIDLE_EUSAGE, "%s: '%s' is '%s'", place,
                                 setting->path, setting->value);
        }
    }
    return SIDLE_OK;
}

/* options.c - settings into options, options against each other, and back. */
#include "cli/options.h"

#include "base/text.h"
#include "cli/option_table.h"
#include "schedule/plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(sidle_activation) == sizeof(int) &&
                   sizeof(sidle_positions) == sizeof(int) &&
                   sizeof(sidle_on_cut) == sizeof(int) &&
                   sizeof(sidle_order) == sizeof(int) &&
                   sizeof(sidle_optim_kind) == sizeof(int) &&
                   sizeof(sidle_decay_kind) == sizeof(int),
               "the table writes an enum as an int");

void sidle_options_default(sidle_options *options)
{
    memset(options, 0, sizeof(*options));
    options->data.valid_fraction = -1.0;
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];

        SIDLE_CHECK(row->standard == NULL ||
                        sidle_option_read(row, row->standard, options),
                    "the default of '%s' is not right", row->path);
    }
}

/* ---- which option a key means */

static const char *last_part(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot != NULL ? dot + 1 : path;
}

static const sidle_option *find_option(const char *path)
{
    for (size_t i = 0; i < sidle_n_options; i++)
        if (strcmp(sidle_option_table[i].path, path) == 0)
            return &sidle_option_table[i];
    return NULL;
}

static int is_section(const char *path)
{
    size_t n = strlen(path);

    for (size_t i = 0; i < sidle_n_options; i++)
        if (strncmp(sidle_option_table[i].path, path, n) == 0 &&
            sidle_option_table[i].path[n] == '.')
            return 1;
    return 0;
}

/* The right key that was meant: of another section, or misspelt; or NULL. */
static const char *nearest_option(const char *path)
{
    const char *words[256], *best = NULL;
    int best_distance = 0;

    SIDLE_CHECK(sidle_n_options <= 256, "too many options");
    for (size_t i = 0; i < sidle_n_options; i++) {
        const char *right = sidle_option_table[i].path;
        int distance = sidle_text_distance(path, right);

        words[i] = right;
        if (strcmp(last_part(path), last_part(right)) == 0 &&
            (best == NULL || distance < best_distance)) {
            best = right;
            best_distance = distance;
        }
    }
    if (best == NULL)
        best = sidle_text_nearest(path, words, sidle_n_options);
    if (best != NULL)
        return best;
    for (size_t i = 0; i < sidle_n_options; i++)
        words[i] = last_part(words[i]);
    best = sidle_text_nearest(last_part(path), words, sidle_n_options);
    for (size_t i = 0; i < sidle_n_options && best != NULL; i++)
        if (words[i] == best)
            return sidle_option_table[i].path;
    return NULL;
}

static void print_place(char *out, size_t size, const sidle_setting *setting)
{
    if (setting->line > 0)
        snprintf(out, size, "%s:%d", setting->file, setting->line);
    else
        snprintf(out, size, "%s", setting->file);
}

static sidle_status unknown_key(const sidle_setting *setting, const char *place)
{
    const char *nearest = nearest_option(setting->path);

    if (is_section(setting->path))
        return sidle_fail(SIDLE_EUSAGE,
                          "%s: '%s' is a section, not a key; write "
                          "'%s: {key: value}'",
                          place, setting->path, setting->path);
    if (nearest != NULL)
        return sidle_fail(SIDLE_EUSAGE, "%s: no key '%s'; did you mean '%s'",
                          place, setting->path, nearest);
    return sidle_fail(SIDLE_EUSAGE,
                      "%s: no key '%s'; 'sidle --options' lists them all",
                      place, setting->path);
}

static sidle_status wrong_value(const sidle_option *row,
                                const sidle_setting *setting, const char *place)
{
    char words[512];
    FILE *stream = fmemopen(words, sizeof(words), "w");

    SIDLE_CHECK(stream != NULL, "no memory for a message");
    sidle_option_describe(row, stream);
    fclose(stream);
    return sidle_fail(SIDLE_EUSAGE, "%s: '%s' is %s'%.200s'%s, expected %s",
                      place, row->path, setting->is_list ? "the list " : "",
                      setting->value, strlen(setting->value) > 200 ? ".." : "",
                      words);
}

sidle_status sidle_options_apply(sidle_options *options,
                                 const sidle_settings *settings)
{
    for (size_t i = 0; i < settings->n; i++) {
        const sidle_setting *setting = &settings->all[i];
        const sidle_option *row = find_option(setting->path);
        char place[SIDLE_TEXT_MAX];

        print_place(place, sizeof(place), setting);
        if (row == NULL)
            return unknown_key(setting, place);
        if ((setting->is_list && row->type != SIDLE_OPTION_UNITS &&
             row->type != SIDLE_OPTION_SIZES) ||
            !sidle_option_read(row, setting->value, options))
            return wrong_value(row, setting, place);
    }
    return SIDLE_OK;
}

/* ---- options against each other */

/* Whether an option without a default was given a value. */
static int is_set(const sidle_option *row, const sidle_options *options)
{
    const void *place = (const char *)options + row->offset;

    if (row->standard != NULL)
        return 1;
    if (row->type == SIDLE_OPTION_TEXT)
        return *(const char *)place != '\0';
    if (row->type == SIDLE_OPTION_REAL)
        return *(const double *)place >= 0.0;
    return *(const int64_t *)place != 0;
}

static sidle_status check_required(const sidle_options *options)
{
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];

        if (row->is_required && !is_set(row, options))
            return sidle_fail(SIDLE_EUSAGE,
                              "'%s' is not set; set it in the configuration "
                              "or as %s=... on the command line",
                              row->path, row->path);
    }
    return SIDLE_OK;
}

/* The last part of run.dir, trailing slashes aside. */
static void name_run(sidle_options *options)
{
    const char *dir = options->run.dir;
    size_t end = strlen(dir), start;

    while (end > 1 && dir[end - 1] == '/')
        end--;
    start = end;
    while (start > 0 && dir[start - 1] != '/')
        start--;
    memcpy(options->run.name, dir + start, end - start);
}

static void resolve(sidle_options *options)
{
    if (options->run.name[0] == '\0')
        name_run(options);
    if (options->model.embed_width == 0)
        options->model.embed_width = options->model.width;
    if (options->model.cross_heads == 0)
        options->model.cross_heads = options->model.heads;
}

static sidle_status check_blocks(const sidle_options *options)
{
    int64_t n_layers = options->model.layers + 2;

    if (options->parallel.blocks <= n_layers)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'parallel.blocks' is %lld, but 'model.layers' %td makes "
                      "%lld units (cross, self, final); use at most as many "
                      "blocks",
                      (long long)options->parallel.blocks,
                      options->model.layers, (long long)n_layers);
}

static sidle_status check_clip_scope(const sidle_options *options)
{
    const sidle_schedule *schedule =
        sidle_schedule_find(options->parallel.schedule);

    if (!options->is_clip_global || (schedule != NULL && schedule->is_flushed))
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'optim.clip_scope' global needs the norms of all blocks "
                      "at one update, which 'parallel.schedule' %s never has: "
                      "its blocks update at different moments; use "
                      "optim.clip_scope=block",
                      options->parallel.schedule);
}

sidle_status sidle_options_check(sidle_options *options)
{
    SIDLE_TRY(check_required(options));
    resolve(options);
    SIDLE_TRY(sidle_perceiver_check(&options->model));
    SIDLE_TRY(check_blocks(options));
    SIDLE_TRY(check_clip_scope(options));
    SIDLE_TRY(sidle_optim_check(&options->optim));
    if (options->data.raw && strcmp(options->data.kind, "text") != 0)
        return sidle_fail(SIDLE_EUSAGE,
                          "'data.raw' is for texts, but 'data.kind' is %s; "
                          "leave it out",
                          options->data.kind);
    if (options->eval.stride > options->model.latents)
        return sidle_fail(SIDLE_EUSAGE,
                          "'eval.stride' is %lld, more than 'model.latents' "
                          "%td: targets would be left out",
                          (long long)options->eval.stride,
                          options->model.latents);
    return SIDLE_OK;
}

sidle_status sidle_options_of(const sidle_settings *settings,
                              sidle_options *options)
{
    sidle_options_default(options);
    SIDLE_TRY(sidle_options_apply(options, settings));
    return sidle_options_check(options);
}

sidle_status sidle_options_of_old(const sidle_settings *settings,
                                  sidle_options *options)
{
    sidle_options_default(options);
    options->model.has_old_places = 1;
    SIDLE_TRY(sidle_options_apply(options, settings));
    return sidle_options_check(options);
}

double sidle_options_valid_fraction(const sidle_options *options)
{
    if (options->data.valid_fraction >= 0.0)
        return options->data.valid_fraction;
    return strcmp(options->data.kind, "text") == 0 ? 0.02 : 0.0;
}

/* ---- back to text */

sidle_status sidle_options_dump(const sidle_options *options, char **text_p)
{
    char *text = NULL;
    size_t size = 0, section = 0;
    FILE *stream = open_memstream(&text, &size);

    if (stream == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for the configuration");
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];
        const char *key = last_part(row->path);
        size_t n = (size_t)(key - row->path);

        if (i == 0 || n != section ||
            strncmp(row->path, sidle_option_table[i - 1].path, n) != 0)
            fprintf(stream, "%.*s:\n", (int)n - 1, row->path);
        section = n;
        if (!is_set(row, options))
            continue;
        fprintf(stream, "  %s: ", key);
        sidle_option_print(row, options, stream);
        fputc('\n', stream);
    }
    if (fclose(stream) != 0)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for the configuration");
    *text_p = text;
    return SIDLE_OK;
}

static void print_standard(const sidle_option *row, FILE *stream)
{
    const char *empty = row->type == SIDLE_OPTION_SIZES ? "[]" : "none";

    if (row->standard != NULL)
        fprintf(stream, "default %s",
                row->standard[0] != '\0' ? row->standard : empty);
    else if (row->is_required)
        fprintf(stream, "required");
    else
        fprintf(stream, "default %s", row->unset);
}

void sidle_options_help(void *stream)
{
    for (size_t i = 0; i < sidle_n_options; i++) {
        const sidle_option *row = &sidle_option_table[i];

        fprintf(stream, "  %-24s ", row->path);
        sidle_option_describe(row, stream);
        fprintf(stream, "; ");
        print_standard(row, stream);
        fprintf(stream, "\n      %s\n", row->help);
    }
}

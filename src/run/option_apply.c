/* option_apply.c - settings into options, and what is wrong with one that does
 * not go in: where it stands, what was found, what is right. */
#include "run/option_table.h"
#include "run/options.h"

#include "base/utf8.h"
#include "io/yaml.h"
#include "model/spec_model.h"
#include "run/option_spec.h"

#include <stdlib.h>
#include <string.h>

static void print_place(char *out, size_t size, const sidle_setting *setting,
                        int line)
{
    if (line > 0)
        snprintf(out, size, "%s:%d", setting->file, line);
    else
        snprintf(out, size, "%s", setting->file);
}

/* "lr:1e-3" of "optim.lr:1e-3": a section that stands in front is right. */
static const char *last_part(const char *path)
{
    const char *part = path;

    for (const char *at = path; *at != ':'; at++)
        part = *at == '.' ? at + 1 : part;
    return part;
}

/* Of the first word only: several lines of this kind are one text to YAML. What
 * seems to be a blank behind the colon is left out. */
static void print_blank(FILE *stream, const char *text)
{
    size_t n = strcspn(text, ":"), unseen;
    const char *value = text + n + 1;
    unsigned code = 0;

    for (unseen = 1; unseen > 0 && *value != '\0'; value += unseen) {
        unseen = sidle_character(value, strlen(value), &code);
        unseen = sidle_is_unseen(code) ? unseen : 0;
    }
    fprintf(stream, ": a space is missing after the colon; write '%.*s: %.*s'",
            (int)n, text, (int)strcspn(value, " "), value);
}

static void print_section(FILE *stream, const sidle_setting *setting)
{
    if (setting->is_list || setting->value[0] == '\0') {
        fprintf(stream,
                "'%s' is a section, not a key; write '%s: {key: value}'",
                setting->path, setting->path);
        return;
    }
    fprintf(stream, "'%s' is a section, not a key, but its value is ",
            setting->path);
    sidle_option_quote(setting->value, stream);
    if (sidle_yaml_lacks_blank(setting->value))
        print_blank(stream, setting->value);
    else
        fprintf(stream, "; write '%s: {key: value}'", setting->path);
}

static void print_unknown(FILE *stream, const sidle_setting *setting)
{
    const char *guess = sidle_option_guess(setting->path);
    const char *colon = strchr(setting->path, ':');

    fprintf(stream, "unknown key ");
    sidle_option_quote(setting->path, stream);
    if (colon != NULL && colon[1] != '\0') {
        print_blank(stream, last_part(setting->path));
        return;
    }
    sidle_option_stranger(setting->path, 0, stream);
    if (guess != NULL)
        fprintf(stream, "; did you mean '%s'", guess);
    else
        fprintf(stream, "; 'sidle --options' lists all keys");
}

static sidle_option_text text_of(const sidle_setting *setting)
{
    return (sidle_option_text){setting->value, setting->is_list,
                               setting->is_null};
}

static sidle_status refuse(const sidle_option *row,
                           const sidle_setting *setting)
{
    int is_section = row == NULL && sidle_option_is_section(setting->path);
    char place[SIDLE_TEXT_MAX], words[2048] = "";
    FILE *stream = fmemopen(words, sizeof(words), "w");
    const sidle_option_text found = text_of(setting);

    SIDLE_CHECK(stream != NULL, "no memory for a message");
    print_place(place, sizeof(place), setting,
                is_section ? setting->value_line : setting->line);
    if (is_section)
        print_section(stream, setting);
    else if (row == NULL)
        print_unknown(stream, setting);
    else
        sidle_option_refuse(row, row->name, &found, stream);
    if (row != NULL && strcmp(setting->path, "model.layers") == 0)
        fputs(", or with model.kind=layers a list", stream);
    fclose(stream);
    words[sizeof(words) - 1] = '\0';
    return sidle_fail(SIDLE_EUSAGE, "%s: %s", place, words);
}

static int take(const sidle_option *row, const sidle_setting *setting,
                sidle_options *options)
{
    const sidle_option_text found = text_of(setting);

    return setting->is_stored ? sidle_option_take_stored(row, &found, options)
                              : sidle_option_take(row, &found, options);
}

/* Options of one kind of model, where it is another one. */
static sidle_status refuse_kind(const sidle_setting *setting, const char *of,
                                const char *kind)
{
    char place[SIDLE_TEXT_MAX];

    print_place(place, sizeof(place), setting, setting->line);
    return sidle_fail(SIDLE_EUSAGE,
                      "%s: '%s' is an option of model.kind=%s, but "
                      "'model.kind' is %s",
                      place, setting->path, of, kind);
}

/* Short names write their layers themselves; the loss may be set. */
static int is_for_lists_only(const sidle_options *options,
                             const sidle_setting *setting)
{
    return sidle_option_spec_takes(setting) &&
           (!sidle_option_has_list(options) ||
            (sidle_short_find(options->model_kind) != NULL &&
             strncmp(setting->path, "model.loss", 10) != 0));
}

/* What the kind of model, which may stand behind them, does not read. */
static sidle_status check_kind(const sidle_options *options,
                               const sidle_settings *settings)
{
    for (size_t i = 0; i < settings->n; i++) {
        const sidle_setting *setting = &settings->all[i];
        const char *kind = sidle_option_is_for(options, setting->path);

        if (is_for_lists_only(options, setting))
            return refuse_kind(setting, "layers", options->model_kind);
        if (kind != NULL && !sidle_option_spec_takes(setting))
            return refuse_kind(setting, kind, options->model_kind);
    }
    return SIDLE_OK;
}

static void add_loss(const sidle_options *options, sidle_spec *spec)
{
    const sidle_short *of = sidle_short_find(options->model_kind);

    if (of != NULL && spec->loss.kind == NULL)
        sidle_spec_begin(&spec->loss, of->loss, "model.loss", "");
}

int sidle_options_are_set(const sidle_settings *settings, const char *path)
{
    for (size_t i = 0; i < settings->n; i++)
        if (strcmp(settings->all[i].path, path) == 0)
            return 1;
    return 0;
}

/* A setting of the table. */
static sidle_status apply_row(sidle_options *options,
                              const sidle_setting *setting)
{
    const sidle_option *row = sidle_option_find(setting->path);

    /* "optim:" with nothing behind it: none of its keys is set. */
    if (setting->is_null && sidle_option_is_section(setting->path))
        return SIDLE_OK;
    if (row == NULL || !take(row, setting, options))
        return refuse(row, setting);
    return SIDLE_OK;
}

sidle_status sidle_options_begin(const sidle_settings *settings,
                                 sidle_options *options)
{
    sidle_options_default(options);
    for (size_t i = 0; i < settings->n; i++)
        if (!sidle_option_spec_takes(&settings->all[i]))
            SIDLE_TRY(apply_row(options, &settings->all[i]));
    return sidle_options_require("run.dir", options);
}

static sidle_status apply(sidle_options *options, sidle_spec *spec,
                          const sidle_settings *settings)
{
    for (size_t i = 0; i < settings->n; i++) {
        const sidle_setting *setting = &settings->all[i];

        SIDLE_TRY(sidle_option_spec_takes(setting)
                      ? sidle_option_spec_apply(spec, setting)
                      : apply_row(options, setting));
    }
    SIDLE_TRY(check_kind(options, settings));
    add_loss(options, spec);
    return sidle_spec_settle(spec);
}

sidle_status sidle_options_apply(sidle_options *options,
                                 const sidle_settings *settings)
{
    sidle_spec spec;
    sidle_status status;

    sidle_option_spec_get(options, &spec);
    status = apply(options, &spec, settings);
    if (status == SIDLE_OK)
        status = sidle_option_spec_put(options, &spec);
    sidle_spec_done(&spec);
    return status;
}

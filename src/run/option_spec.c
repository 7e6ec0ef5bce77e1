/* option_spec.c - the layers and the loss of a network from settings, and those
 * of two configurations against each other. */
#include "run/option_spec.h"

#include "model/spec_model.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define LAYERS "model.layers"
#define LOSS "model.loss"

static int has_prefix(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

int sidle_option_has_list(const sidle_options *options)
{
    return strcmp(options->model_kind, "layers") == 0 ||
           sidle_short_find(options->model_kind) != NULL;
}

/* The numbers from which a short name makes its list. */
static int is_number_of_short(const char *path)
{
    return strcmp(path, "model.width") == 0 || strcmp(path, LAYERS) == 0;
}

const char *sidle_option_is_for(const sidle_options *options, const char *path)
{
    const sidle_short *of = sidle_short_find(options->model_kind);

    if (!has_prefix(path, "model.") || strcmp(path, "model.kind") == 0)
        return NULL;
    if (strcmp(path, "model.classes") == 0)
        return of != NULL && of->has_classes ? NULL : "video_cnn";
    if (!sidle_option_has_list(options) ||
        (of != NULL && is_number_of_short(path)))
        return NULL;
    return "perceiver_ar";
}

int sidle_option_spec_takes(const sidle_setting *setting)
{
    const char *path = setting->path;

    return (strcmp(path, LAYERS) == 0 && setting->is_list) ||
           has_prefix(path, LAYERS "[") || has_prefix(path, LAYERS ".") ||
           strcmp(path, LOSS) == 0 || has_prefix(path, LOSS ".");
}

/* ---- one setting */

static sidle_status refuse(const sidle_setting *setting, const char *format,
                           ...) __attribute__((format(printf, 2, 3)));

static sidle_status refuse(const sidle_setting *setting, const char *format,
                           ...)
{
    char place[SIDLE_TEXT_MAX], words[SIDLE_TEXT_MAX];
    va_list args;

    sidle_setting_place(setting, place, sizeof(place));
    va_start(args, format);
    vsnprintf(words, sizeof(words), format, args);
    va_end(args);
    return sidle_fail(SIDLE_EUSAGE, "%s: '%s' %s", place, setting->path, words);
}

static void set_option(sidle_spec_entry *entry, const char *key,
                       const sidle_setting *setting)
{
    const sidle_option_text value = {setting->value, setting->is_list,
                                     setting->is_null};
    char place[SIDLE_TEXT_MAX];

    sidle_setting_place(setting, place, sizeof(place));
    sidle_spec_set(entry, key, &value, place);
}

static sidle_status set_kind(sidle_spec_entry *entry, const char *path,
                             const sidle_setting *setting)
{
    char place[SIDLE_TEXT_MAX];

    if (setting->is_list || setting->value[0] == '\0')
        return refuse(setting, "is %s, expected the name of a kind",
                      setting->is_list ? "a list" : "empty");
    sidle_setting_place(setting, place, sizeof(place));
    sidle_spec_begin(entry, setting->value, path, place);
    return SIDLE_OK;
}

static sidle_status set_in_list(sidle_spec_list *list, const char *at,
                                const sidle_setting *setting);

/* What stands behind the "[3]" of an entry. */
static sidle_status set_in_entry(sidle_spec_entry *entry, const char *at,
                                 const sidle_setting *setting)
{
    size_t n = strlen(entry->kind);
    int has_kind = at[0] == '.' && strncmp(at + 1, entry->kind, n) == 0;

    if (at[0] == '\0')
        return set_kind(entry, setting->path, setting);
    if (has_kind && at[1 + n] == '[')
        return set_in_list(&entry->inner, at + 1 + n, setting);
    if (has_kind && at[1 + n] == '.') /* its kind may be named, as in errors */
        at += 1 + n;
    if (at[0] != '.' || at[1] == '\0')
        return refuse(setting,
                      "has no key after the index; write '" LAYERS "[3].key'");
    if (entry->n_options == SIDLE_SPEC_MAX_OPTIONS)
        return refuse(setting, "is one option too many, expected at most %d",
                      SIDLE_SPEC_MAX_OPTIONS);
    set_option(entry, at + 1, setting);
    return SIDLE_OK;
}

/* `at` is the "[3].." of a path. */
static sidle_status set_in_list(sidle_spec_list *list, const char *at,
                                const sidle_setting *setting)
{
    size_t n_digits = strspn(at + 1, "0123456789");
    unsigned long i = strtoul(at + 1, NULL, 10);

    if (n_digits == 0 || at[1 + n_digits] != ']')
        return refuse(setting, "has no index; write '" LAYERS "[3]'");
    if (list->n == 0)
        return refuse(setting, "changes a list that is not set");
    if (n_digits > 6 || i >= list->n)
        return refuse(setting,
                      "is no entry of the list, which has %zu, from [0] to "
                      "[%zu]",
                      list->n, list->n - 1);
    return set_in_entry(&list->entries[i], at + n_digits + 2, setting);
}

static sidle_status set_layers(sidle_spec_list *layers,
                               const sidle_setting *setting)
{
    if (setting->list.n == 0)
        return refuse(setting, "is an empty list, expected at least one layer");
    sidle_spec_list_done(layers);
    sidle_spec_list_copy(&setting->list, layers);
    return SIDLE_OK;
}

/* The kind comes behind options of it, or in place of another kind, whose
 * options go. */
static sidle_status set_loss_kind(sidle_spec_entry *loss,
                                  const sidle_setting *setting)
{
    sidle_spec_entry named = {0};

    SIDLE_TRY(set_kind(&named, LOSS, setting));
    if (loss->kind[0] == '\0' || strcmp(loss->kind, named.kind) == 0) {
        named.options = loss->options;
        named.n_options = loss->n_options;
        loss->options = NULL;
        loss->n_options = 0;
    }
    sidle_spec_entry_done(loss);
    *loss = named;
    return SIDLE_OK;
}

static sidle_status set_loss(sidle_spec_entry *loss,
                             const sidle_setting *setting)
{
    const char *key = setting->path + strlen(LOSS);

    if (key[0] == '\0' && !setting->is_null)
        return set_kind(loss, LOSS, setting);
    if (key[0] == '\0') {
        sidle_spec_entry_done(loss);
        return SIDLE_OK;
    }
    if (loss->kind == NULL)
        sidle_spec_begin(loss, "", LOSS, "");
    if (strcmp(key, ".kind") == 0)
        return set_loss_kind(loss, setting);
    if (loss->n_options == SIDLE_SPEC_MAX_OPTIONS)
        return refuse(setting, "is one option too many, expected at most %d",
                      SIDLE_SPEC_MAX_OPTIONS);
    set_option(loss, key + 1, setting);
    return SIDLE_OK;
}

sidle_status sidle_option_spec_apply(sidle_spec *spec,
                                     const sidle_setting *setting)
{
    const char *path = setting->path;

    if (strcmp(path, LAYERS) == 0)
        return set_layers(&spec->layers, setting);
    if (has_prefix(path, LAYERS "."))
        return refuse(setting, "is in a map, expected a list; begin each layer "
                               "with '- '");
    if (has_prefix(path, LAYERS "["))
        return set_in_list(&spec->layers, path + strlen(LAYERS), setting);
    return set_loss(&spec->loss, setting);
}

/* ---- two of them */

static sidle_status collect(const sidle_settings *settings, sidle_spec *spec)
{
    for (size_t i = 0; i < settings->n; i++)
        if (sidle_option_spec_takes(&settings->all[i]))
            SIDLE_TRY(sidle_option_spec_apply(spec, &settings->all[i]));
    return sidle_spec_settle(spec);
}

static int losses_differ(const sidle_spec_entry *a, const sidle_spec_entry *b,
                         sidle_spec_difference *difference)
{
    static char not_set[] = SIDLE_SPEC_NOT_SET;
    static const sidle_spec_entry none = {.kind = not_set};

    if (a->kind == NULL && b->kind == NULL)
        return 0;
    return sidle_spec_entries_differ(a->kind != NULL ? a : &none,
                                     b->kind != NULL ? b : &none, LOSS,
                                     difference);
}

sidle_status sidle_option_spec_compare(const sidle_settings *a,
                                       const sidle_settings *b,
                                       int *is_different_p,
                                       sidle_spec_difference *difference)
{
    sidle_spec first = {0}, second = {0};
    sidle_status status = collect(a, &first);

    if (status == SIDLE_OK)
        status = collect(b, &second);
    if (status == SIDLE_OK)
        *is_different_p = sidle_spec_differ(&first.layers, &second.layers,
                                            LAYERS, difference) ||
                          losses_differ(&first.loss, &second.loss, difference);
    sidle_spec_done(&first);
    sidle_spec_done(&second);
    return status;
}

/* spec_model.c - entries of a specification and the kinds that they name. */
#include "model/spec_model.h"

#include "base/text.h"
#include "layer/kinds.h"

#include <stdlib.h>
#include <string.h>

/* ---- one entry */

/* "relu, gelu": all kinds that may stand there. */
static void print_kinds(int is_loss, FILE *stream)
{
    const sidle_layer_ops *ops;
    const char *between = "";

    for (int i = 0; (ops = sidle_layer_kind_at(i)) != NULL; i++)
        if ((ops->loss != NULL) == is_loss) {
            fprintf(stream, "%s%s", between, ops->kind);
            between = ", ";
        }
}

static sidle_status refuse_kind(const sidle_spec_entry *entry, int is_loss)
{
    const sidle_layer_ops *near = sidle_layer_nearest_kind(entry->kind);
    char words[1024];
    FILE *stream = fmemopen(words, sizeof(words), "w");

    SIDLE_CHECK(stream != NULL, "no memory for a message");
    print_kinds(is_loss, stream);
    if (near != NULL && (near->loss != NULL) == is_loss)
        fprintf(stream, "; did you mean '%s'", near->kind);
    fclose(stream);
    return sidle_spec_fail(entry, NULL, "is '%s', expected a %s: %s",
                           entry->kind, is_loss ? "loss" : "layer kind", words);
}

/* The kind of an entry and its options in memory of their own. */
static sidle_status read_entry(const sidle_spec_entry *entry, int is_loss,
                               const sidle_layer_ops **ops_p, void **options_p)
{
    const sidle_layer_ops *ops = sidle_layer_kind(entry->kind);
    sidle_status status;

    *options_p = NULL;
    if (ops == NULL || (ops->loss != NULL) != is_loss)
        return refuse_kind(entry, is_loss);
    *ops_p = ops;
    /* One byte more: a kind without options gets memory, too, not NULL. */
    *options_p = calloc(1, ops->options_size + 1);
    if (*options_p == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for options");
    status = sidle_spec_read(entry, ops->rows, (size_t)ops->n_rows,
                             ops->has_inner, *options_p);
    if (status == SIDLE_OK)
        return SIDLE_OK;
    free(*options_p);
    *options_p = NULL;
    return status;
}

static sidle_status check_list(const sidle_spec_list *list);

static sidle_status check_entry(const sidle_spec_entry *entry, int is_loss)
{
    const sidle_layer_ops *ops;
    void *options;

    SIDLE_TRY(read_entry(entry, is_loss, &ops, &options));
    free(options);
    return check_list(&entry->inner);
}

static sidle_status check_list(const sidle_spec_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        SIDLE_TRY(check_entry(&list->entries[i], 0));
    return SIDLE_OK;
}

sidle_status sidle_spec_check(const sidle_spec *spec)
{
    SIDLE_TRY(check_list(&spec->layers));
    return spec->loss.kind != NULL ? check_entry(&spec->loss, 1) : SIDLE_OK;
}

/* ---- in canonical form */

/* Texts stay as they are written: YAML puts some of them in quotes. */
static int is_text(const sidle_option *row)
{
    return row->type == SIDLE_OPTION_TEXT || row->type == SIDLE_OPTION_WORD ||
           row->type == SIDLE_OPTION_NAMES;
}

/* The value of a member as the text of an option; "[3, 5]" is a list. */
static void settle_value(sidle_spec_entry *entry, const sidle_option *row,
                         const void *options)
{
    const sidle_spec_option *given = sidle_spec_get(entry, row->name);
    char text[1024] = "", place[1024];
    sidle_option_text value = {text, 0, 0};
    FILE *stream = fmemopen(text, sizeof(text), "w");

    SIDLE_CHECK(stream != NULL, "no memory for an option");
    sidle_text_format(place, sizeof(place), "%s",
                      given != NULL ? given->place : "");
    if (is_text(row))
        fputs((const char *)options + row->offset, stream);
    else
        sidle_option_print(row, options, stream);
    fclose(stream);
    if (text[0] == '[' && !is_text(row)) {
        text[strlen(text) - 1] = '\0';
        value.text = text + 1;
        value.is_list = 1;
    }
    sidle_spec_set(entry, row->name, &value, place);
}

static sidle_status settle_list(sidle_spec_list *list);

static sidle_status settle_entry(sidle_spec_entry *entry, int is_loss)
{
    const sidle_layer_ops *ops;
    void *options;

    SIDLE_TRY(read_entry(entry, is_loss, &ops, &options));
    for (int i = 0; i < ops->n_rows; i++)
        if (sidle_option_is_set(&ops->rows[i], options))
            settle_value(entry, &ops->rows[i], options);
    free(options);
    return settle_list(&entry->inner);
}

static sidle_status settle_list(sidle_spec_list *list)
{
    for (size_t i = 0; i < list->n; i++)
        SIDLE_TRY(settle_entry(&list->entries[i], 0));
    return SIDLE_OK;
}

sidle_status sidle_spec_settle(sidle_spec *spec)
{
    SIDLE_TRY(settle_list(&spec->layers));
    return spec->loss.kind != NULL ? settle_entry(&spec->loss, 1) : SIDLE_OK;
}

/* ---- as a model */

/* Entries of layers with the memory that they point to. */
struct built {
    sidle_layer_entry *entries; /* (n) */
    void **options;             /* (n) */
    struct built *inner;        /* (n) of those that have entries inside */
    sidle_layer_list list;      /* what `options` of such an entry is */
    char (*names)[24];          /* (n) */
    int n;
};

static void unbuild(struct built *built)
{
    for (int i = 0; i < built->n; i++) {
        free(built->options[i]);
        unbuild(&built->inner[i]);
    }
    free(built->entries);
    free(built->options);
    free(built->inner);
    free(built->names);
}

static sidle_status reserve(struct built *built, size_t n)
{
    built->entries = calloc(n, sizeof(*built->entries));
    built->options = calloc(n, sizeof(*built->options));
    built->inner = calloc(n, sizeof(*built->inner));
    built->names = calloc(n, sizeof(*built->names));
    if (built->entries != NULL && built->options != NULL &&
        built->inner != NULL && built->names != NULL)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EINTERNAL, "no memory for a list of %zu layers", n);
}

static sidle_status build_list(const sidle_spec_list *list,
                               struct built *built);

static sidle_status build_entry(const sidle_spec_entry *entry, int is_loss,
                                struct built *built)
{
    /* Counted before it can fail, so that unbuild() frees it, too. */
    int i = built->n++;
    struct built *inner = &built->inner[i];
    sidle_layer_entry *made = &built->entries[i];

    SIDLE_TRY(read_entry(entry, is_loss, &made->ops, &built->options[i]));
    if (is_loss)
        sidle_text_format(built->names[i], sizeof(*built->names), "loss");
    else
        sidle_text_format(built->names[i], sizeof(*built->names), "layer.%03d",
                          i);
    made->name = built->names[i];
    made->options = built->options[i];
    if (!made->ops->has_inner)
        return SIDLE_OK;
    SIDLE_TRY(reserve(inner, entry->inner.n));
    SIDLE_TRY(build_list(&entry->inner, inner));
    inner->list = (sidle_layer_list){inner->entries, inner->n};
    made->options = &inner->list;
    return SIDLE_OK;
}

static sidle_status build_list(const sidle_spec_list *list, struct built *built)
{
    for (size_t i = 0; i < list->n; i++)
        SIDLE_TRY(build_entry(&list->entries[i], 0, built));
    return SIDLE_OK;
}

/* The last layer that can is where classes are scored. */
static void make_head(sidle_model *model)
{
    const sidle_layer *loss = sidle_model_loss(model);

    for (int i = model->n_layers - 2; i >= 0 && loss->ops->loss->has_classes;
         i--) {
        sidle_layer *layer = &model->layers[i];

        if (layer->ops->become_head != NULL && layer->ops->become_head(layer))
            return;
    }
}

sidle_status sidle_spec_model(const sidle_spec *spec, const sidle_field *input,
                              ptrdiff_t rows, sidle_model **model_p)
{
    struct built built = {0};
    sidle_status status = reserve(&built, spec->layers.n + 1);

    if (status == SIDLE_OK)
        status = build_list(&spec->layers, &built);
    if (status == SIDLE_OK)
        status = build_entry(&spec->loss, 1, &built);
    if (status == SIDLE_OK)
        status = sidle_model_list(built.entries, built.n, input, rows, model_p);
    if (status == SIDLE_OK)
        make_head(*model_p);
    unbuild(&built);
    return status;
}

/* ---- for people */

static void help_kinds(int is_loss, FILE *stream)
{
    const sidle_layer_ops *ops;

    for (int i = 0; (ops = sidle_layer_kind_at(i)) != NULL; i++) {
        if ((ops->loss != NULL) != is_loss)
            continue;
        fprintf(stream, "  %s%s\n", ops->kind,
                ops->has_inner     ? ": a list of layers"
                : ops->n_rows == 0 ? ": no keys"
                                   : "");
        for (int k = 0; k < ops->n_rows; k++)
            sidle_option_help(&ops->rows[k], 4, stream);
    }
}

void sidle_spec_help(FILE *stream)
{
    fputs("\nKinds of layers (model.layers, for model.kind=layers):\n", stream);
    help_kinds(0, stream);
    fputs("\nKinds of losses (model.loss, for model.kind=layers):\n", stream);
    help_kinds(1, stream);
}

/* model.c - building a list of layers, and looking things up in it. */
#include "model/model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A model with room for `n_layers` layers, none set up yet. */
static sidle_status model_new(int n_layers, ptrdiff_t rows,
                              sidle_model **model_p)
{
    sidle_model *model = calloc(1, sizeof(*model));
    sidle_layer *layers = calloc((size_t)n_layers, sizeof(*layers));

    if (model == NULL || layers == NULL) {
        free(model);
        free(layers);
        return sidle_fail(SIDLE_EINTERNAL,
                          "cannot reserve memory for a list of %d layers",
                          n_layers);
    }
    model->layers = layers;
    model->rows = rows;
    *model_p = model;
    return SIDLE_OK;
}

/* The shape that the next unit gets. */
static sidle_shape next_shape(const sidle_model *model)
{
    if (model->n_layers > 0)
        return model->layers[model->n_layers - 1].out_shape;
    return model->input >= 0 ? model->fields[model->input].shape
                             : (sidle_shape){0};
}

/* What the unit reads joins the model's list of fields. */
static sidle_status add_fields(sidle_model *model, sidle_layer *layer)
{
    for (int i = 0; i < layer->n_reads; i++) {
        sidle_status status =
            sidle_field_add(model->fields, &model->n_fields, &layer->reads[i],
                            &layer->read_at[i]);

        if (status != SIDLE_OK)
            return sidle_fail_in(status, "unit \"%s\"", layer->name);
    }
    return SIDLE_OK;
}

static sidle_status add_layer(sidle_model *model,
                              const sidle_layer_entry *entry)
{
    const sidle_layer *before =
        model->n_layers > 0 ? sidle_model_loss(model) : NULL;
    sidle_layer *layer = &model->layers[model->n_layers];
    sidle_shape in = next_shape(model);

    if (before != NULL && before->ops->loss != NULL)
        return sidle_fail(
            SIDLE_EUSAGE,
            "unit \"%s\" (%s) is a loss, \"%s\" comes after it; a loss must "
            "be the last unit",
            before->name, before->ops->kind, entry->name);
    SIDLE_TRY(sidle_layer_init_after(layer, entry->ops, entry->name, &in,
                                     model->rows, entry->options, model->layers,
                                     model->n_layers));
    /* Counted before it can fail, so that sidle_model_free() ends it, too. */
    model->n_layers++;
    return add_fields(model, layer);
}

static sidle_status add_input(sidle_model *model, const sidle_field *input)
{
    model->input = -1;
    if (input == NULL)
        return SIDLE_OK;
    return sidle_field_add(model->fields, &model->n_fields, input,
                           &model->input);
}

sidle_status sidle_model_list(const sidle_layer_entry *entries, int n_entries,
                              const sidle_field *input, ptrdiff_t rows,
                              sidle_model **model_p)
{
    sidle_model *model = NULL;
    sidle_status status;

    SIDLE_TRY(model_new(n_entries, rows, &model));
    status = add_input(model, input);
    for (int k = 0; k < n_entries && status == SIDLE_OK; k++)
        status = add_layer(model, &entries[k]);
    if (status != SIDLE_OK) {
        sidle_model_free(model);
        return status;
    }
    *model_p = model;
    return SIDLE_OK;
}

void sidle_model_free(sidle_model *model)
{
    if (model == NULL)
        return;
    for (int k = 0; k < model->n_layers; k++)
        sidle_layer_done(&model->layers[k]);
    free(model->layers);
    free(model);
}

int64_t sidle_model_count(const sidle_model *model)
{
    int64_t count = 0;

    for (int k = 0; k < model->n_layers; k++)
        for (int p = 0; p < model->layers[k].n_params; p++)
            count += (int64_t)model->layers[k].params[p].count;
    return count;
}

int sidle_model_find(const sidle_model *model, const char *name)
{
    for (int k = 0; k < model->n_layers; k++)
        if (strcmp(model->layers[k].name, name) == 0)
            return k;
    return -1;
}

int sidle_model_reads(const sidle_model *model, int layer, int field)
{
    const sidle_layer *unit = &model->layers[layer];

    if (layer == 0 && field == model->input)
        return 1;
    for (int i = 0; i < unit->n_reads; i++)
        if (unit->read_at[i] == field)
            return 1;
    return 0;
}

const sidle_layer *sidle_model_loss(const sidle_model *model)
{
    return &model->layers[model->n_layers - 1];
}

double sidle_model_uninformed(const sidle_model *model)
{
    const sidle_layer *last = sidle_model_loss(model);

    if (last->ops->loss == NULL || last->ops->loss->uninformed == NULL)
        return NAN;
    return last->ops->loss->uninformed(last);
}

double sidle_model_flops(const sidle_model *model)
{
    double forward = model->reported;

    for (int k = 0; model->reported <= 0.0 && k < model->n_layers; k++)
        forward += model->layers[k].flops;
    /* The two gradients are a product each, of the forward's size. */
    return 3.0 * forward;
}

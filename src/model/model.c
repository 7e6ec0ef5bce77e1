/* model.c - building a list of layers, and looking things up in it. */
#include "model/model.h"

#include "base/text.h"

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

static sidle_status add_layer(sidle_model *model, const sidle_layer_ops *ops,
                              const char *name, const void *config)
{
    int index = model->n_layers;

    SIDLE_TRY(sidle_layer_init(&model->layers[index], ops, name, index,
                               model->rows, config));
    model->n_layers++;
    return SIDLE_OK;
}

static sidle_status add_perceiver(sidle_model *model)
{
    const sidle_perceiver *config = &model->config;

    SIDLE_TRY(add_layer(model, &sidle_cross_ops, "cross", config));
    for (int k = 0; k < config->layers; k++) {
        char name[32];

        sidle_text_format(name, sizeof(name), "self.%03d", k);
        SIDLE_TRY(add_layer(model, &sidle_self_ops, name, config));
    }
    return add_layer(model, &sidle_final_ops, "final", config);
}

sidle_status sidle_model_perceiver(const sidle_perceiver *config,
                                   ptrdiff_t rows, sidle_model **model_p)
{
    sidle_model *model = NULL;
    sidle_status status;

    SIDLE_TRY(sidle_perceiver_check(config));
    SIDLE_TRY(model_new((int)config->layers + 2, rows, &model));
    model->config = *config;
    model->width = config->context + 1;
    model->targets = config->latents;
    status = add_perceiver(model);
    if (status != SIDLE_OK) {
        sidle_model_free(model);
        return status;
    }
    *model_p = model;
    return SIDLE_OK;
}

sidle_status sidle_model_list(const sidle_model_entry *entries, int n_entries,
                              ptrdiff_t rows, sidle_model **model_p)
{
    sidle_model *model = NULL;

    SIDLE_TRY(model_new(n_entries, rows, &model));
    for (int k = 0; k < n_entries; k++) {
        const sidle_model_entry *entry = &entries[k];
        sidle_status status =
            add_layer(model, entry->ops, entry->name, entry->config);

        if (status != SIDLE_OK) {
            sidle_model_free(model);
            return status;
        }
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

double sidle_model_flops(const sidle_model *model)
{
    double forward = 0.0;

    for (int k = 0; k < model->n_layers; k++)
        forward += model->layers[k].flops;
    return 3.0 * forward;
}

/* show_layers.c - what a list of layers, or a short name, makes of a frame. */
#include "cli/show_layers.h"

#include "base/text.h"
#include "run/option_spec.h"

#include <stdio.h>

static int64_t count_params(const sidle_layer *layer)
{
    int64_t n = 0;

    for (int i = 0; i < layer->n_params; i++)
        n += (int64_t)layer->params[i].count;
    return n;
}

void sidle_show_layers(const sidle_setup *setup)
{
    const sidle_model *model = setup->model;
    char shape[64];

    if (!sidle_option_has_list(&setup->options))
        return;
    sidle_shape_print(&model->layers[0].in_shape, shape, sizeof(shape));
    printf("a frame is %s; MFLOP of an item's forward, %td row%s\n"
           "unit         kind              output             parameters"
           "      MFLOP\n",
           shape, model->rows, sidle_plural(model->rows));
    for (int l = 0; l < model->n_layers; l++) {
        const sidle_layer *layer = &model->layers[l];

        sidle_shape_print(&layer->out_shape, shape, sizeof(shape));
        printf("%-12s %-17s %-18s %10lld %10.3f\n", layer->name,
               layer->ops->kind, layer->ops->loss != NULL ? "the loss" : shape,
               (long long)count_params(layer), layer->flops * 1e-6);
    }
    printf("\n");
}

/* skips.c - which skips of a model lead from one block to another. */
#include "model/skips.h"

#include <stdlib.h>

/* The block, from 1, of a layer. */
static int block_of(const sidle_partition *partition, int layer)
{
    int block = 1;

    while (layer >= partition->first[block])
        block++;
    return block;
}

int sidle_skips_list(const sidle_model *model, const sidle_partition *partition,
                     sidle_skip *skips)
{
    int n = 0;

    for (int l = 0; l < model->n_layers; l++) {
        sidle_skip skip = {.unit = l, .from = l - model->layers[l].back};

        if (model->layers[l].back == 0)
            continue;
        skip.to_block = block_of(partition, skip.unit);
        skip.from_block = block_of(partition, skip.from);
        if (skip.to_block == skip.from_block)
            continue;
        if (skips != NULL)
            skips[n] = skip;
        n++;
    }
    return n;
}

int sidle_skips_allow_cut(const sidle_model *model, int at)
{
    for (int l = at; l < model->n_layers; l++)
        if (model->layers[l].back > 0 && l - model->layers[l].back < at)
            return 0;
    return 1;
}

sidle_status sidle_skips_refuse(const sidle_model *model,
                                const sidle_partition *partition,
                                const char *schedule)
{
    for (int l = 0; l < model->n_layers; l++) {
        int from = l - model->layers[l].back;
        int to_block = block_of(partition, l);
        int from_block = block_of(partition, from);

        if (to_block != from_block)
            return sidle_fail(
                SIDLE_EUSAGE,
                "unit \"%s\" (skip) of block %d takes the output of \"%s\" of "
                "block %d, which 'parallel.schedule' %s cannot: both have to "
                "be in one block; change parallel.partition, or use "
                "parallel.schedule=skip-sideways",
                model->layers[l].name, to_block, model->layers[from].name,
                from_block, schedule);
    }
    return SIDLE_OK;
}

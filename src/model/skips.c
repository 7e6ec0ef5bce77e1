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

/* Whether a layer is a skip from another block. */
static int is_edge(const sidle_model *model, const sidle_partition *partition,
                   int layer, sidle_skip *skip)
{
    int back = model->layers[layer].back;

    if (back == 0)
        return 0;
    *skip = (sidle_skip){.unit = layer,
                         .from = layer - back,
                         .to_block = block_of(partition, layer),
                         .from_block = block_of(partition, layer - back)};
    return skip->to_block != skip->from_block;
}

int sidle_skips_list(const sidle_model *model, const sidle_partition *partition,
                     sidle_skip *skips)
{
    sidle_skip skip;
    int n = 0;

    for (int l = 0; l < model->n_layers; l++)
        if (is_edge(model, partition, l, &skip)) {
            if (skips != NULL)
                skips[n] = skip;
            n++;
        }
    return n;
}

sidle_skip sidle_skips_at(const sidle_model *model,
                          const sidle_partition *partition, int i)
{
    sidle_skip skip;

    for (int l = 0; l < model->n_layers; l++)
        if (is_edge(model, partition, l, &skip) && i-- == 0)
            return skip;
    SIDLE_DIE(SIDLE_EINTERNAL, "the partition has not so many skips");
}

sidle_status sidle_skips_refuse(const sidle_model *model,
                                const sidle_partition *partition,
                                const char *schedule)
{
    sidle_skip skip;

    if (sidle_skips_list(model, partition, NULL) == 0)
        return SIDLE_OK;
    skip = sidle_skips_at(model, partition, 0);
    return sidle_fail(
        SIDLE_EUSAGE,
        "unit \"%s\" (skip) of block %d takes the output of \"%s\" of block "
        "%d, which 'parallel.schedule' %s cannot: both have to be in one "
        "block; change parallel.partition, or use "
        "parallel.schedule=skip-sideways",
        model->layers[skip.unit].name, skip.to_block,
        model->layers[skip.from].name, skip.from_block, schedule);
}

/* block_inside.h - the private side of a block: where its memory lies. */
#ifndef SIDLE_MODEL_BLOCK_INSIDE_H
#define SIDLE_MODEL_BLOCK_INSIDE_H

#include "base/arena.h"
#include "model/block.h"

/* Where a layer's things lie, in reals from the start of the block's. */
struct place {
    size_t weights;
    size_t cache, out; /* inside a slot's cache */
    size_t stash, dy;  /* inside a stash */
};

struct inside {
    sidle_arena *weights, *grad, *slots, *work;
    sidle_real *scratch;
    sidle_real *spare;    /* for what nobody reads: the output of a rerun, an
                             input gradient that was sent before */
    struct place *places; /* (n_layers) */
};

static inline const sidle_layer *layer_at(const sidle_block *block, int k)
{
    return &block->model->layers[block->first_layer + k];
}

static inline const struct place *place_at(const sidle_block *block, int k)
{
    const struct inside *in = block->self;

    return &in->places[k];
}

#endif

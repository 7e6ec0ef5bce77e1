/* block_inside.h - the private data of a block: its memory. */
#ifndef SIDLE_MODEL_BLOCK_INSIDE_H
#define SIDLE_MODEL_BLOCK_INSIDE_H

#include "base/arena.h"
#include "layer/chain.h"
#include "model/block.h"

struct inside {
    sidle_arena *weights, *grad, *slots, *work;
    sidle_chain chain; /* the block's layers */
    sidle_real *scratch;
    sidle_real *spare; /* for the output of a rerun, which is not used */
};

static inline const sidle_chain *chain_of(const sidle_block *block)
{
    const struct inside *in = block->self;

    return &in->chain;
}

#endif

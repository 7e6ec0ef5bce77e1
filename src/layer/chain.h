/* chain.h - consecutive layers as one: where their things lie, and the walk.
 *
 * A chain is a run of layers of which each takes the output of the one before.
 * Blocks are chains, and so is what stands inside a residual. Weights, caches
 * and stashes of all layers lie one after the other, every piece at a multiple
 * of SIDLE_ALIGN, so that the bits of a layer do not depend on its chain. */
#ifndef SIDLE_LAYER_CHAIN_H
#define SIDLE_LAYER_CHAIN_H

#include "layer/layer.h"

/* Where a layer's things lie, in reals from the start of the chain's. */
typedef struct sidle_chain_place {
    size_t weights;
    size_t cache, out; /* in the cache: the layer's own, and its output */
    size_t stash, dy;  /* in a stash: the layer's own, and the gradient of its
                          output */
} sidle_chain_place;

typedef struct sidle_chain {
    const sidle_layer *layers; /* (n_layers), borrowed */
    int n_layers;
    size_t weights, cache, stash, scratch; /* reals of all */
    sidle_chain_place *places; /* (n_layers); NULL in a measured one */
} sidle_chain;

/** The sizes of a chain, without places. */
sidle_chain sidle_chain_measure(const sidle_layer *layers, int n_layers);
/**
 * The same with the place of each layer.
 * Owns:    borrows the layers; end it with sidle_chain_done().
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_chain_init(sidle_chain *chain, const sidle_layer *layers,
                              int n_layers);
void sidle_chain_done(sidle_chain *chain);

/** The calls of a layer (layer.h), of all layers in turn: forward from the
 * first on, both halves from the last on. call->stash is one of the chain's. */
void sidle_chain_forward(const sidle_chain *chain, const sidle_call *call);
void sidle_chain_input_grad(const sidle_chain *chain, const sidle_call *call);
void sidle_chain_weight_grad(const sidle_chain *chain, const sidle_call *call);

#endif

/* chain.h - consecutive layers as one: their places in memory, and their calls
 * in order.
 *
 * In a chain the input of each layer is the output of the previous one. A block
 * is a chain, and so are the layers inside a residual. Weights, caches and
 * stashes of all layers are consecutive in memory, every piece at a multiple of
 * SIDLE_ALIGN, so that the bits of a layer do not depend on its chain. */
#ifndef SIDLE_LAYER_CHAIN_H
#define SIDLE_LAYER_CHAIN_H

#include "layer/layer.h"

/* Offsets of a layer's pieces in those of the chain. Units: reals. */
typedef struct sidle_chain_place {
    size_t weights;
    size_t cache, out; /* in the cache: the layer's cache, and its output */
    size_t stash, dy;  /* in a stash: the layer's stash, and the gradient of
                          its output */
} sidle_chain_place;

typedef struct sidle_chain {
    const sidle_layer *layers; /* (n_layers), borrowed */
    int n_layers;
    size_t weights, cache, stash, scratch; /* reals of all layers */
    sidle_chain_place *places; /* (n_layers); NULL in a chain only measured */
} sidle_chain;

/** Measure a chain: its sizes, without places. */
sidle_chain sidle_chain_measure(const sidle_layer *layers, int n_layers);
/**
 * Set up a chain with the places of its layers.
 * Owns:    borrows the layers; end it with sidle_chain_done().
 * Errors:  SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_chain_init(sidle_chain *chain, const sidle_layer *layers,
                              int n_layers);
void sidle_chain_done(sidle_chain *chain);

/** Call all layers in order, as layer.h describes: forward from the first to
 * the last, both halves of the backward from the last to the first. call->stash
 * is a stash of the chain. */
void sidle_chain_forward(const sidle_chain *chain, const sidle_call *call);
void sidle_chain_input_grad(const sidle_chain *chain, const sidle_call *call);
void sidle_chain_weight_grad(const sidle_chain *chain, const sidle_call *call);

#endif

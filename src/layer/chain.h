/* chain.h - consecutive layers as one: their places in memory, and their calls
 * in order.
 *
 * In a chain the input of each layer is the output of the previous one. A block
 * is a chain, and so are the layers inside a residual. Weights, caches and
 * stashes of all layers are consecutive in memory, every piece at a multiple of
 * SIDLE_ALIGN, so that the bits of a layer do not depend on its chain.
 *
 * A skip (layer.h) also has the output of an earlier layer as its input. If
 * that layer is in the chain, the chain passes it, and adds its gradient to
 * that of the layer's output: first the gradient of the next layer, then those
 * of skips in their order. Otherwise the caller has it: the outputs of earlier
 * layers are the chain's sides, one after the other, and later units of the
 * model may return gradients of outputs of this chain (sidle_outer). */
#ifndef SIDLE_LAYER_CHAIN_H
#define SIDLE_LAYER_CHAIN_H

#include "layer/layer.h"

/* Offsets of a layer's pieces in those of the chain. Units: reals. */
typedef struct sidle_chain_place {
    size_t weights;
    size_t cache, out; /* in the cache: the layer's cache, and its output */
    size_t stash, dy;  /* in a stash: the layer's stash, and the gradient of
                          its output */
    size_t dside;      /* in a stash: a skip's gradient of its second input */
    size_t side;       /* in the sides: its second input from elsewhere */
} sidle_chain_place;

typedef struct sidle_chain {
    const sidle_layer *layers; /* (n_layers), borrowed */
    int n_layers;
    size_t weights, cache, stash, scratch; /* reals of all layers */
    size_t sides; /* reals of inputs of skips from outside the chain */
    int n_skips;  /* skips with a layer of this chain */
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

/** Whether layer k is a skip, and its second input comes from outside. */
int sidle_chain_has_side(const sidle_chain *chain, int k);

/** Call all layers in order, as layer.h describes: forward from the first to
 * the last, both halves of the backward from the last to the first. call->stash
 * is a stash of the chain, call->side are its sides, and call->dside is where
 * input_grad writes their gradients. call->outer, by layer in the order of the
 * skips, are gradients of outputs of layers before the last one. */
void sidle_chain_forward(const sidle_chain *chain, const sidle_call *call);
void sidle_chain_input_grad(const sidle_chain *chain, const sidle_call *call);
void sidle_chain_weight_grad(const sidle_chain *chain, const sidle_call *call);

#endif

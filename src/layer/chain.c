/* chain.c - places of consecutive layers, and the walk through them. */
#include "layer/chain.h"

#include "base/carve.h"
#include "base/number.h"
#include "base/poke.h"

#include <stdlib.h>

/* The places of all layers, (n_layers) or NULL, and the sums. */
static sidle_chain measure(const sidle_layer *layers, int n_layers,
                           sidle_chain_place *places)
{
    sidle_chain chain = {
        .layers = layers, .n_layers = n_layers, .places = places};
    sidle_carve weights = {NULL, 0}, cache = {NULL, 0}, stash = {NULL, 0};

    for (int k = 0; k < n_layers; k++) {
        sidle_chain_place place = {
            .weights = weights.used, .cache = cache.used, .stash = stash.used};

        sidle_carve_reals(&weights, (ptrdiff_t)layers[k].weights);
        sidle_carve_reals(&cache, (ptrdiff_t)layers[k].cache);
        sidle_carve_reals(&stash, (ptrdiff_t)layers[k].stash);
        place.out = cache.used;
        place.dy = stash.used;
        if (k < n_layers - 1) { /* the next layer's x, and its dx */
            sidle_carve_reals(&cache, (ptrdiff_t)layers[k].out);
            sidle_carve_reals(&stash, (ptrdiff_t)layers[k].out);
        }
        if (places != NULL)
            places[k] = place;
        /* One layer works at a time: all have the same scratch. */
        chain.scratch = sidle_larger_size(chain.scratch, layers[k].scratch);
    }
    chain.weights = weights.used;
    chain.cache = cache.used;
    chain.stash = stash.used;
    return chain;
}

sidle_chain sidle_chain_measure(const sidle_layer *layers, int n_layers)
{
    return measure(layers, n_layers, NULL);
}

sidle_status sidle_chain_init(sidle_chain *chain, const sidle_layer *layers,
                              int n_layers)
{
    sidle_chain_place *places = calloc((size_t)n_layers, sizeof(*places));

    *chain = (sidle_chain){0};
    if (places == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a list of %d layers",
                          n_layers);
    *chain = measure(layers, n_layers, places);
    return SIDLE_OK;
}

void sidle_chain_done(sidle_chain *chain)
{
    free(chain->places);
    chain->places = NULL;
}

/* ---- the walk */

/* What every call of layer k has. */
static sidle_call call_of(const sidle_chain *chain, const sidle_call *whole,
                          int k)
{
    const sidle_chain_place *place = &chain->places[k];
    sidle_call call = *whole;

    call.w += place->weights;
    if (k > 0) /* the output of the layer before */
        call.x = whole->cache + place[-1].out;
    call.cache += place->cache;
    return call;
}

/* The same in a backward. */
static sidle_call backward_of(const sidle_chain *chain, const sidle_call *whole,
                              int k)
{
    const sidle_chain_place *place = &chain->places[k];
    sidle_call call = call_of(chain, whole, k);

    if (k < chain->n_layers - 1) /* what the layer behind it left */
        call.dy = whole->stash + place->dy;
    if (k > 0)
        call.dx = whole->stash + place[-1].dy;
    call.stash += place->stash;
    return call;
}

void sidle_chain_forward(const sidle_chain *chain, const sidle_call *whole)
{
    for (int k = 0; k < chain->n_layers; k++) {
        const sidle_layer *layer = &chain->layers[k];
        sidle_call call = call_of(chain, whole, k);

        if (k < chain->n_layers - 1)
            call.y = whole->cache + chain->places[k].out;
        layer->ops->forward(layer, &call);
        /* A layer may take long: messages move between two of them. */
        sidle_poke();
    }
}

void sidle_chain_input_grad(const sidle_chain *chain, const sidle_call *whole)
{
    for (int k = chain->n_layers - 1; k >= 0; k--) {
        const sidle_layer *layer = &chain->layers[k];
        sidle_call call = backward_of(chain, whole, k);

        layer->ops->input_grad(layer, &call);
        sidle_poke();
    }
}

void sidle_chain_weight_grad(const sidle_chain *chain, const sidle_call *whole)
{
    for (int k = chain->n_layers - 1; k >= 0; k--) {
        const sidle_layer *layer = &chain->layers[k];
        sidle_call call = backward_of(chain, whole, k);

        if (layer->ops->weight_grad == NULL)
            continue;
        call.dw = whole->dw + chain->places[k].weights;
        layer->ops->weight_grad(layer, &call);
        sidle_poke();
    }
}

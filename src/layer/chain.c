/* chain.c - places of consecutive layers, and the walk through them. */
#include "layer/chain.h"

#include "base/carve.h"
#include "base/number.h"
#include "base/poke.h"

#include "math/vector.h"

#include <stdlib.h>

/* Index of the layer whose output a skip takes, below 0 if it is before the
 * chain. */
static int from_of(const sidle_layer *layers, int k)
{
    return k - layers[k].back;
}

static int is_inside(const sidle_layer *layers, int k)
{
    return layers[k].back > 0 && from_of(layers, k) >= 0;
}

static int is_outside(const sidle_layer *layers, int k)
{
    return layers[k].back > 0 && from_of(layers, k) < 0;
}

/* The places of all layers, (n_layers) or NULL, and the sums. */
static sidle_chain measure(const sidle_layer *layers, int n_layers,
                           sidle_chain_place *places)
{
    sidle_chain chain = {
        .layers = layers, .n_layers = n_layers, .places = places};
    sidle_carve weights = {NULL, 0}, cache = {NULL, 0}, stash = {NULL, 0};
    sidle_carve sides = {NULL, 0};

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
        place.dside = stash.used;
        place.side = sides.used;
        if (is_inside(layers, k))
            sidle_carve_reals(&stash, (ptrdiff_t)layers[k].side);
        if (is_outside(layers, k))
            sidle_carve_reals(&sides, (ptrdiff_t)layers[k].side);
        chain.n_skips += is_inside(layers, k);
        if (places != NULL)
            places[k] = place;
        /* One layer works at a time: all have the same scratch. */
        chain.scratch = sidle_larger_size(chain.scratch, layers[k].scratch);
    }
    chain.weights = weights.used;
    chain.cache = cache.used;
    chain.stash = stash.used;
    chain.sides = sides.used;
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

int sidle_chain_has_side(const sidle_chain *chain, int k)
{
    return is_outside(chain->layers, k);
}

/* ---- the walk */

/* The second input of layer k, if it has one. */
static const sidle_real *side_of(const sidle_chain *chain,
                                 const sidle_call *whole, int k)
{
    const sidle_chain_place *places = chain->places;

    if (is_inside(chain->layers, k))
        return whole->cache + places[from_of(chain->layers, k)].out;
    return is_outside(chain->layers, k) ? whole->side + places[k].side : NULL;
}

/* Where its gradient is written. */
static sidle_real *dside_of(const sidle_chain *chain, const sidle_call *whole,
                            int k)
{
    if (is_inside(chain->layers, k))
        return whole->stash + chain->places[k].dside;
    /* A caller that only needs the stash wants no gradients of inputs. */
    return is_outside(chain->layers, k) && whole->dside != NULL
               ? whole->dside + chain->places[k].side
               : NULL;
}

/* The gradient of the output of layer k, of which the next layer has written
 * its part: the parts of skips are added, in the order of the model. Skips of
 * this chain come before those of later ones. */
static void add_sides(const sidle_chain *chain, const sidle_call *whole, int k,
                      sidle_real *dy)
{
    ptrdiff_t n = (ptrdiff_t)chain->layers[k].out;

    for (int s = k + 1; chain->n_skips > 0 && s < chain->n_layers; s++)
        if (is_inside(chain->layers, s) && from_of(chain->layers, s) == k)
            sidle_add(n, whole->stash + chain->places[s].dside, dy);
    for (int i = 0; i < whole->n_outer; i++)
        if (whole->outer[i].layer == k)
            sidle_add(n, whole->outer[i].dy, dy);
}

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
    call.side = side_of(chain, whole, k);
    call.dside = NULL;
    call.outer = NULL;
    call.n_outer = 0;
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
    call.dside = dside_of(chain, whole, k);
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

        if (k < chain->n_layers - 1)
            add_sides(chain, whole, k, whole->stash + chain->places[k].dy);
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

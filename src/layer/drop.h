/* drop.h - residual dropout; its draws depend on a place, an item and a row.
 *
 * The draw of an element is a function of (seed, place, item number, global
 * row, element of the row). It does not depend on the number of replicas, and
 * the backward repeats it, so that no mask is stored. */
#ifndef SIDLE_LAYER_DROP_H
#define SIDLE_LAYER_DROP_H

#include "layer/layer.h"

typedef struct sidle_drop {
    char place[64];     /* name of the stream of draws */
    double p;           /* probability to drop */
    ptrdiff_t row_size; /* elements of a row of the batch */
} sidle_drop;

/** Apply dropout to x (rows, row_size) and scale it, if dropout is on; it is
 * off if item is NULL (a sampler's step). */
void sidle_drop_apply(const sidle_drop *drop, const sidle_item *item,
                      sidle_real *x);
/** x after dropout: `buffer`, or x itself if dropout is off. */
const sidle_real *sidle_dropped(const sidle_drop *drop, const sidle_item *item,
                                const sidle_real *x, sidle_real *buffer);

#endif

/* drop.h - residual dropout whose draws belong to a place, an item and a row.
 *
 * The draw of an element is a function of (seed, place, item number, global
 * row, element of the row): the same however rows are spread over replicas,
 * and the same again in the backward, so that no mask is stored. */
#ifndef SIDLE_LAYER_DROP_H
#define SIDLE_LAYER_DROP_H

#include "layer/layer.h"

typedef struct sidle_drop {
    char place[64];     /* names the stream of draws */
    double p;           /* probability to drop */
    ptrdiff_t row_size; /* elements of a row of the batch */
} sidle_drop;

/** x (rows, row_size) becomes dropped and scaled, where dropout is on; it is
 * off where item is NULL (a sampler's step). */
void sidle_drop_apply(const sidle_drop *drop, const sidle_item *item,
                      sidle_real *x);
/** The dropped x: `buffer`, or x itself where dropout is off. */
const sidle_real *sidle_dropped(const sidle_drop *drop, const sidle_item *item,
                                const sidle_real *x, sidle_real *buffer);

#endif

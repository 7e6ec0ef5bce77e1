/* cost.c - operations of a layer, and its bytes weighed as operations. */
#include "model/cost.h"

#include <math.h>

/* Bytes of a stored number. Not sizeof: the partition must not depend on a
 * build. */
#define BYTES 4.0

/* Numbers that an item moves through memory: x, y and their gradients once
 * each way, what is kept written and read, the weights read by the forward
 * and by the input-gradient, their gradient read and written. */
static double numbers_moved(const sidle_layer *layer)
{
    return 2.0 * (double)(layer->in + layer->out) +
           2.0 * (double)(layer->cache + layer->stash) +
           4.0 * (double)layer->weights;
}

double sidle_cost_of(const sidle_layer *layer)
{
    double bytes = BYTES * numbers_moved(layer);

    /* A whole number, so that sums of costs are exact in any order. */
    return rint(3.0 * layer->flops + SIDLE_COST_OF_BYTE * bytes);
}

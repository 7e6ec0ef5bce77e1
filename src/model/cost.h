/* cost.h - floating-point operations and bytes of a layer, by counting. */
#ifndef SIDLE_MODEL_COST_H
#define SIDLE_MODEL_COST_H

#include "layer/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What moving a byte to or from memory costs: a core does about 8 operations of
 * a matrix product in that time (80 GFLOP/s against 10 GB/s). */
#define SIDLE_COST_OF_BYTE 8.0

/**
 * Modelled cost of one item's forward and backward of a layer.
 *
 * Three times the forward's operations plus the bytes that the layer moves,
 * each weighed with SIDLE_COST_OF_BYTE. Depends on shapes alone.
 *
 * Units:   floating-point operations of a matrix product; a whole number.
 */
double sidle_cost_of(const sidle_layer *layer);

#ifdef __cplusplus
}
#endif

#endif

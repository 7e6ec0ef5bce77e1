/* cost.h - modelled cost of a layer, from its operations and bytes. */
#ifndef SIDLE_MODEL_COST_H
#define SIDLE_MODEL_COST_H

#include "layer/layer.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Cost of a byte moved to or from memory: a core performs about 8 operations of
 * a matrix product in that time (80 GFLOP/s and 10 GB/s). */
#define SIDLE_COST_OF_BYTE 8.0

/**
 * Modelled cost of one item's forward and backward of a layer.
 *
 * It is three times the operations of the forward, plus the bytes that the
 * layer moves times SIDLE_COST_OF_BYTE. It depends only on shapes.
 *
 * Units:   floating-point operations of a matrix product; a whole number.
 */
double sidle_cost_of(const sidle_layer *layer);

#ifdef __cplusplus
}
#endif

#endif

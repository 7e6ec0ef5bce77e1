/* cost.h - floating-point operations and bytes of a layer, by counting. */
#ifndef SIDLE_MODEL_COST_H
#define SIDLE_MODEL_COST_H

#include "layer/layer.h"

/** Modelled cost of one item's forward and backward of a layer, the unit is
 * one floating-point operation of a matrix product. */
double sidle_cost_of(const sidle_layer *layer);

#endif

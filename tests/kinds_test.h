/* kinds_test.h - layer kinds that only tests have: small enough to reason about
 * a schedule by hand.
 *
 *   linear    y = x W^T + b        tanh  y = tanh(x W^T + b)
 *   identity  y = x                mse   0.5 sum (x - target)^2 / rows
 *
 * The config of all is a const sidle_test_size *. The first layer of a list
 * gets x = NULL and reads item->values; mse is a last layer, reads
 * item->targets and counts each row as one target. Its gradient is
 * (x - target) / rows, whatever the item's grad_weight is. Parameters are
 * called "<layer name>/weight" (out, in) and "<layer name>/bias" (out). */
#ifndef SIDLE_TESTS_KINDS_TEST_H
#define SIDLE_TESTS_KINDS_TEST_H

#include "layer/layer.h"

typedef struct sidle_test_size {
    ptrdiff_t in, out; /* reals of a row; equal for identity and mse */
} sidle_test_size;

extern const sidle_layer_ops sidle_test_linear_ops, sidle_test_tanh_ops,
    sidle_test_identity_ops, sidle_test_mse_ops;

#endif

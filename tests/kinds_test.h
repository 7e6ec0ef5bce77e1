/* kinds_test.h - layer kinds that only tests have: small enough to reason about
 * a schedule by hand.
 *
 *   linear    y = x W^T + b        tanh  y = tanh(x W^T + b)
 *   identity  y = x                mse   0.5 sum (x - target)^2 / rows
 *
 * The options of all are a sidle_test_size. mse is a last layer, reads the real
 * field "targets" and counts each row as one target. Its gradient is
 * (x - target) / rows, whatever the call's grad_weight is. Parameters are
 * called "<layer path>/weight" (out, in) and "<layer path>/bias" (out). */
#ifndef SIDLE_TESTS_KINDS_TEST_H
#define SIDLE_TESTS_KINDS_TEST_H

#include "layer/layer.h"

typedef struct sidle_test_size {
    ptrdiff_t in, out; /* reals of a row; equal for identity and mse */
} sidle_test_size;

/** The real field "values" of n numbers, as input of a list; or "targets". */
sidle_field sidle_test_field(const char *name, ptrdiff_t n);

extern const sidle_layer_ops sidle_test_linear_ops, sidle_test_tanh_ops,
    sidle_test_identity_ops, sidle_test_mse_ops;

#endif

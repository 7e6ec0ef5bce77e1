/* kit_layer.h - what every layer kind must hold to, checked in double.
 *
 * A test says which kind, which sizes and which item; the kit makes random
 * weights, inputs and gradients and holds the two halves of the backward
 * against central finite differences of the forward. */
#ifndef SIDLE_TESTS_KIT_LAYER_H
#define SIDLE_TESTS_KIT_LAYER_H

#include "layer/layer.h"

typedef struct kit_case {
    const sidle_layer_ops *ops;
    const char *name;
    sidle_shape in; /* of a row; empty: the layer reads fields only */
    const void *options;
    sidle_item item;    /* its rows are the layer's, its fields the layer's own
                           in the order in which it reads them */
    double grad_weight; /* of a target, for losses */
    double z_loss;      /* that the options ask for */
    uint64_t seed;      /* of weights, input and directions */
} kit_case;

/**
 * Fails unless, for this layer and item,
 * - each parameter tensor's and the input's gradient agree with differences,
 *   along a random direction and at single elements;
 * - weight_grad() adds to what is there;
 * - input_grad() leaves the same for weight_grad() where nobody wants dx;
 * - forward() twice gives the same bits, and reads nothing it did not write;
 * - cache, weights, input and gradient are left alone by the backward;
 * - no call writes beyond the sizes that setup told.
 */
void kit_check_layer(const kit_case *given);

/* The pieces of a batch of tokens, for tests of all rooms. */
typedef struct kit_batch {
    int32_t *tokens, *length;
    sidle_item item; /* points to them */
} kit_batch;

/** Random tokens 3 .. vocab-1 after SOS, rows of given lengths (inputs). */
kit_batch kit_batch_new(uint64_t seed, ptrdiff_t rows, ptrdiff_t context,
                        ptrdiff_t vocab, const int32_t *length);
void kit_batch_free(kit_batch *batch);

#endif

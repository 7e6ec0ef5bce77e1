/* block_probe.h - memory and calls with which a block computes gradients beside
 * its training: nothing that training reads is changed.
 *
 * A note holds the gradient of one item as the schedule used it, with the
 * weights of that moment and the input that it met. A pass then computes the
 * gradient of the same item at these weights in the evaluation slot, whose
 * contents nobody needs at a boundary. */
#ifndef SIDLE_MODEL_BLOCK_PROBE_H
#define SIDLE_MODEL_BLOCK_PROBE_H

#include "base/arena.h"
#include "model/block.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_block_probe {
    int64_t item;       /* of the loss whose gradient is noted; 0: none */
    int64_t lag;        /* items from it to the input that it met */
    size_t n_x;         /* reals of an input; 0: fields only */
    sidle_real *w;      /* (weights) at that time */
    sidle_real *used;   /* (weights) the gradient */
    sidle_real *x;      /* (n_x) the input */
    sidle_real *exact;  /* (weights) of a pass */
    sidle_real *y, *dy; /* (out) of a pass */
    sidle_real *dx;     /* (in) */
    sidle_real *stash;
    sidle_arena *arena;
} sidle_block_probe;

/** Bytes that sidle_block_probe_new() reserves. */
size_t sidle_block_probe_bytes(const sidle_model *model, int first_layer,
                               int n_layers);
/** Errors: SIDLE_EINTERNAL (memory). Owns: free with _free. */
sidle_status sidle_block_probe_new(const sidle_block *block,
                                   sidle_block_probe **probe_p);
void sidle_block_probe_free(sidle_block_probe *probe);

/** Note the gradient of item `item`, as sidle_block_weight_grad() adds it; call
 * between both halves of the backward. */
void sidle_block_probe_note(sidle_block_probe *probe, const sidle_block *block,
                            int slot, int stash, int64_t item,
                            const sidle_real *dy);
/** The forward of the evaluation slot's item, into probe->y. */
void sidle_block_probe_forward(sidle_block_probe *probe,
                               const sidle_block *block);
/** Its backward from dy, NULL in the last block. dx may be NULL; with
 * `wants_weights` probe->exact is computed. */
void sidle_block_probe_backward(sidle_block_probe *probe,
                                const sidle_block *block, const sidle_real *dy,
                                sidle_real *dx, int wants_weights);
/** ||used input - input of the item itself|| / ||the latter||, behind the
 * forward; cosine and ratio of norms of both gradients, behind the backward.
 * NAN where there is no input, or a gradient is zero. */
double sidle_block_probe_change(const sidle_block_probe *probe,
                                const sidle_block *block);
double sidle_block_probe_cosine(const sidle_block_probe *probe,
                                const sidle_block *block);
double sidle_block_probe_ratio(const sidle_block_probe *probe,
                               const sidle_block *block);

#ifdef __cplusplus
}
#endif

#endif

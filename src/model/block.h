/* block.h - consecutive layers with their weights, gradients and the items
 * they work on.
 *
 * A block keeps activations in slots; a plan states their numbers. A slot
 * contains the block's input for one item, with the item's lengths, fields and
 * draws, and the layers' caches. Weights exist in versions, and a slot records
 * the version of its forward. With the policy "stashed" that version is kept
 * until the slot is released. With "current" there is one version; if it is
 * newer than a slot's forward, the forward is run again before the gradient, so
 * that a cache is never combined with newer weights.
 *
 * A block can predict its weights. Its forwards then use
 *   w_hat = w + horizon (w - w_before),
 * computed after each update. Versions contain predictions; the true weights
 * have a separate array, which updates, evaluations and checkpoints use. The
 * gradient is computed at the version of its forward with "stashed", and at the
 * true weights with "current", where each gradient runs the forward again.
 * Source: SpecTrain (Chen et al., arXiv:1809.02839); Kosson et al.,
 * arXiv:2003.11666, the weight-difference form.
 *
 * sidle_block_new() reserves all memory; nothing is allocated later. */
#ifndef SIDLE_MODEL_BLOCK_H
#define SIDLE_MODEL_BLOCK_H

#include "model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_slot {
    sidle_item item; /* points into the arrays below */
    int is_used;
    int64_t stamp;      /* of the weights of the cached forward; -1: no cache, a
                           gradient runs the forward first */
    int version;        /* index of those weights, -1: none */
    double grad_weight; /* of every target of the item, see sidle_call */
    int32_t *length;    /* (B) */
    int32_t *scored;    /* (B) */
    int64_t *clip;      /* (B) */
    void *fields[SIDLE_MAX_FIELDS]; /* that the block's layers read */
    sidle_real *x;     /* input activation; of the first block the field that
                          is the model's input, or NULL */
    sidle_real *sides; /* outputs of units of earlier blocks, of skips; zero
                          until they arrive */
    sidle_real *cache;
} sidle_slot;

typedef struct sidle_block {
    const sidle_model *model;
    int index, first_layer, n_layers;
    int is_first, is_last; /* of the model */
    int reads_items;       /* is_first or is_last, or its layers read fields */
    ptrdiff_t rows;
    size_t in, out; /* reals of the input from another block, and of the output
                       to one; 0 at the ends of the model */
    size_t weights; /* reals of one version, padding included */
    int n_slots;    /* with the evaluation slot, which is the last one */
    int n_versions, n_stashes, is_stashed;
    sidle_slot *slots;  /* (n_slots) */
    int64_t stamp;      /* of the newest weights; counts updates */
    int version;        /* index of the newest weights */
    sidle_real **w;     /* (n_versions) each (weights) */
    double horizon;     /* updates of a prediction; 0: none */
    sidle_real *truth;  /* (weights) true weights if w is predicted, or NULL */
    sidle_real *grad;   /* (weights) sum since the last update; nothing
                           without slots of training */
    sidle_real **stash; /* (n_stashes) */
    size_t sides;       /* reals of a slot's sides */
    sidle_real *dsides; /* (sides) their gradients, from input_grad */
    /* Set by the caller, for the next input gradient: gradients of outputs of
     * its layers that skips of later blocks return, in the order of the skips;
     * not of the last layer, whose gradient is dy. */
    const sidle_outer *outer;
    int n_outer;
    sidle_loss loss; /* of the last forward of the last block */
    void *self;      /* arenas and private data */
} sidle_block;

typedef struct sidle_block_room {
    int n_slots;    /* slots, without the evaluation slot */
    int n_versions; /* of weights; 1 with "current" */
    int n_stashes;  /* for weight gradients that run later */
    int is_stashed; /* weight policy: 1 stashed, 0 current */
    double horizon; /* updates of a prediction; 0: no prediction */
} sidle_block_room;

/* ---- in block_memory.c */
/**
 * Reserve a block for layers first_layer .. first_layer + n_layers - 1. It has
 * one slot more than room->n_slots, the last one, for evaluations.
 * Owns:    borrows the model. Free with sidle_block_free().
 * Errors:  SIDLE_EINTERNAL if memory cannot be allocated.
 */
sidle_status sidle_block_new(const sidle_model *model, int index,
                             int first_layer, int n_layers,
                             const sidle_block_room *room,
                             sidle_block **block_p);
void sidle_block_free(sidle_block *block);
/* Bytes of a block's arenas. */
typedef struct sidle_block_memory {
    size_t weights, gradients, activations, scratch;
} sidle_block_memory;

/** Bytes that sidle_block_new() reserves, by arena. */
sidle_block_memory sidle_block_forecast(const sidle_model *model,
                                        int first_layer, int n_layers,
                                        const sidle_block_room *room);
/** Bytes that sidle_block_new() takes from its arenas, in all. */
size_t sidle_block_bytes(const sidle_model *model, int first_layer,
                         int n_layers, const sidle_block_room *room);
/** Bytes that this block took. */
size_t sidle_block_reserved(const sidle_block *block);

/* ---- in block.c */
/** The slot's arrays, for a source to fill. Owns: the block. */
sidle_batch sidle_block_batch(const sidle_block *block, int slot);
/**
 * Set the item whose data the slot's arrays contain.
 * Shapes:  `first_row` among the rows of all replicas.
 * Owns:    the item borrows the slot's arrays.
 */
void sidle_block_set_item(sidle_block *block, int slot, int64_t number,
                          int is_training, uint64_t seed, ptrdiff_t first_row);

/** The network's outputs for the item in a slot, of which the last forward
 * computed the loss: (B, shape) of the loss's input. The last block only. */
const sidle_real *sidle_block_outputs(const sidle_block *block, int slot);

/** Initial weights of all layers (sidle_layer_init_weights). */
void sidle_block_init_weights(sidle_block *block, uint64_t seed);
/** The newest weights, never a prediction: (weights) reals. */
sidle_real *sidle_block_weights(const sidle_block *block);
/** Offset of a parameter in an array of the block's weights; `layer` is the
 * layer's index in the model. Units: reals. */
ptrdiff_t sidle_block_param_offset(const sidle_block *block, int layer,
                                   int param);

/**
 * Run the forward of the slot's item with the newest weights or their
 * prediction; an evaluation uses the weights themselves.
 *
 * The caller has filled the slot's item, arrays and x. Marks the slot used and
 * records the version of the weights. y (out) receives the output; the last
 * block has no output (y NULL) and writes block->loss. The evaluation slot is
 * never marked used, so that it keeps no version.
 */
void sidle_block_forward(sidle_block *block, int slot, sidle_real *y);

/**
 * Run the forward of a slot again if its cache is not of the weights that the
 * policy requires; returns whether it did. sidle_block_input_grad() begins with
 * this call.
 */
int sidle_block_refresh(sidle_block *block, int slot);

/** Place of the second input of a skip, whose unit is in an earlier block, in
 * the slot's sides and in block->dsides; `layer` is the skip's index in the
 * model. Units: reals. */
size_t sidle_block_side_offset(const sidle_block *block, int layer);
/** The output of a layer of the block, not the last one, in a slot after its
 * forward. */
const sidle_real *sidle_block_output(const sidle_block *block, int slot,
                                     int layer);

/**
 * First half of the backward: dx from dy, at the slot's activation and at the
 * weights that the policy requires; with "current" a stale forward is run
 * again. dy is NULL for the last block. dx is NULL for the first block, and if
 * only the stash is needed, since checkpoints do not contain it.
 */
void sidle_block_input_grad(sidle_block *block, int slot, int stash,
                            const sidle_real *dy, sidle_real *dx);
/** Second half: adds the weight gradients to block->grad; same dy. */
void sidle_block_weight_grad(sidle_block *block, int slot, int stash,
                             const sidle_real *dy);
/** Release the slot of a completed item, and so its version of the weights. */
void sidle_block_release(sidle_block *block, int slot);

/**
 * Return the weights to update in place. If a used slot still needs the newest
 * version (policy "stashed"), a copy of it becomes the newest version. The
 * caller applies the optimizer to them, then calls sidle_block_end_update(),
 * which advances the stamp, zeroes block->grad, and makes the prediction.
 */
sidle_real *sidle_block_begin_update(sidle_block *block);
void sidle_block_end_update(sidle_block *block);

#ifdef __cplusplus
}
#endif

#endif

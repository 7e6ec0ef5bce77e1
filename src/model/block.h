/* block.h - consecutive layers with their weights, gradients and the items
 * they work on.
 *
 * A block keeps activations in numbered slots; a plan says which. A slot is the
 * block's input for one item, with the item's lengths, fields and draws, and
 * what the layers cached on it. Weights exist in versions: a slot remembers
 * which version its forward used. Under the policy "stashed" that version is
 * kept until the slot is done; under "current" there is one version, and a
 * slot whose forward is older than the weights is run forward again before a
 * gradient is taken there (stale intermediates never meet newer weights).
 *
 * A block may predict its weights: its forwards then use
 *   w_hat = w + horizon (w - w_before),
 * made after each update from what that update did. Versions hold predictions,
 * the true weights have an array of their own, which updates, evaluations and
 * checkpoints use. A gradient is taken at the version of its forward under
 * "stashed", at the true weights under "current": there each gradient runs the
 * forward again.
 * Source: SpecTrain (Chen et al., arXiv:1809.02839); Kosson et al.,
 * arXiv:2003.11666, the weight-difference form.
 *
 * Everything is reserved in sidle_block_new(); nothing is allocated later. */
#ifndef SIDLE_MODEL_BLOCK_H
#define SIDLE_MODEL_BLOCK_H

#include "model/model.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct sidle_slot {
    sidle_item item; /* points into the arrays below */
    int is_used;
    int64_t stamp;      /* of the weights that the cached forward used; -1: no
                           cache, a gradient runs the forward first */
    int version;        /* place of those weights, -1: none */
    double grad_weight; /* of every target of the item, see sidle_call */
    int32_t *length;    /* (B) */
    int32_t *scored;    /* (B) */
    int64_t *clip;      /* (B) */
    void *fields[SIDLE_MAX_FIELDS]; /* those that the block's layers read */
    sidle_real *x; /* input activation; of the first block the field that
                      is the model's input, or NULL */
    sidle_real *cache;
} sidle_slot;

typedef struct sidle_block {
    const sidle_model *model;
    int index, first_layer, n_layers;
    int is_first, is_last; /* of the model */
    int reads_items;       /* it is one of these, or its layers read fields */
    ptrdiff_t rows;
    size_t in, out; /* reals that come from and go to other blocks: 0 at the
                       ends of the model */
    size_t weights; /* reals of one version, padding included */
    int n_slots;    /* the evaluation slot, the last one, included */
    int n_versions, n_stashes, is_stashed;
    sidle_slot *slots;  /* (n_slots) */
    int64_t stamp;      /* of the newest weights; counts updates */
    int version;        /* place of the newest weights */
    sidle_real **w;     /* (n_versions) each (weights) */
    double horizon;     /* updates that forwards look ahead; 0: none */
    sidle_real *truth;  /* (weights) the true ones where w predicts, or NULL */
    sidle_real *grad;   /* (weights) sum since the last update */
    sidle_real **stash; /* (n_stashes) */
    sidle_loss loss;    /* of the last forward of the last block */
    void *self;         /* arenas and private places */
} sidle_block;

typedef struct sidle_block_room {
    int n_slots;    /* kept activations, the evaluation slot not counted */
    int n_versions; /* of weights; 1 under "current" */
    int n_stashes;  /* input-gradients that wait for their weight-gradient */
    int is_stashed; /* weight policy: 1 stashed, 0 current */
    double horizon; /* updates that forwards look ahead; 0: no prediction */
} sidle_block_room;

/* ---- in block_memory.c */
/**
 * Reserve a block for layers first_layer .. first_layer + n_layers - 1. One
 * slot more than room->n_slots is made, the last one, for evaluation.
 * Owns:    borrows the model. Free with sidle_block_free().
 * Errors:  SIDLE_EINTERNAL if memory cannot be had.
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

/** What sidle_block_new() would reserve, by arena. */
sidle_block_memory sidle_block_forecast(const sidle_model *model,
                                        int first_layer, int n_layers,
                                        const sidle_block_room *room);
/** Bytes that sidle_block_new() takes from its arenas. */
size_t sidle_block_bytes(const sidle_model *model, int first_layer,
                         int n_layers, const sidle_block_room *room);
/** Bytes that it did take. */
size_t sidle_block_reserved(const sidle_block *block);

/* ---- in block.c */
/** The slot's arrays, to be filled by a source. Owns: the block. */
sidle_batch sidle_block_batch(const sidle_block *block, int slot);
/**
 * Say which item the slot's arrays hold.
 * Shapes:  `first_row` among the rows of all replicas.
 * Owns:    the item borrows the slot's arrays.
 */
void sidle_block_set_item(sidle_block *block, int slot, int64_t number,
                          int is_training, uint64_t seed, ptrdiff_t first_row);

/** Initial weights of all layers (sidle_layer_init_weights). */
void sidle_block_init_weights(sidle_block *block, uint64_t seed);
/** The newest weights, never a prediction: (weights) reals. */
sidle_real *sidle_block_weights(const sidle_block *block);
/** Where a parameter lies inside a weights-sized array; `layer` is the layer's
 * index in the model. Units: reals. */
ptrdiff_t sidle_block_param_offset(const sidle_block *block, int layer,
                                   int param);

/**
 * Run the slot's item through the block with the newest weights, or with
 * their prediction; an evaluation with the weights themselves.
 *
 * The caller has filled the slot's item, arrays and x. Marks the slot used and
 * remembers the weights. y (out) receives the output; the last block has none
 * (y NULL) and puts its loss into block->loss. The evaluation slot is never
 * marked: it holds no weights back.
 */
void sidle_block_forward(sidle_block *block, int slot, sidle_real *y);

/**
 * Run the forward again at a slot where that of the policy's weights is not
 * cached; answers whether it did. sidle_block_input_grad() begins with it.
 */
int sidle_block_refresh(sidle_block *block, int slot);

/**
 * Half one: dx from dy, at the slot's activation and at the weights that the
 * policy names; under "current" runs the forward again where it is stale.
 * dy NULL for the last block; dx NULL for the first, and where nobody wants it:
 * to fill a stash again that was not saved.
 */
void sidle_block_input_grad(sidle_block *block, int slot, int stash,
                            const sidle_real *dy, sidle_real *dx);
/** Half two: adds the weights' gradients to block->grad; same dy. */
void sidle_block_weight_grad(sidle_block *block, int slot, int stash,
                             const sidle_real *dy);
/** The slot's item is done: its weights may go. */
void sidle_block_release(sidle_block *block, int slot);

/**
 * The weights to update in place. Where a used slot still needs the newest
 * version (policy stashed) a copy in a free place becomes the newest.
 * The caller steps the optimizer on them, then calls the second function,
 * which advances the stamp, zeroes block->grad, and predicts.
 */
sidle_real *sidle_block_begin_update(sidle_block *block);
void sidle_block_end_update(sidle_block *block);

#ifdef __cplusplus
}
#endif

#endif

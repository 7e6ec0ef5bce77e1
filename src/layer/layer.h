/* layer.h - the contract of a layer: sizes, initial values, forward, the two
 * halves of the backward, and the step that a sampler takes.
 *
 * A layer is a pure function of (weights, item, input): it owns no buffer. Its
 * setup tells what it needs; the block that holds it adds the needs up and
 * hands the memory in. Four kinds of memory, all in reals, all aligned:
 *
 *   cache    what forward() keeps for the backward of the same item
 *   stash    what input_grad() leaves for weight_grad() of the same item
 *   scratch  dead when the call returns; shared by all layers of a block
 *   state    keys and values of a sequence that a sampler goes through
 *
 * The backward has two halves because a gradient must travel on before the
 * weights' gradients are computed: input_grad() is the half that the neighbour
 * waits for. weight_grad() adds to dw and may run any time later. */
#ifndef SIDLE_LAYER_LAYER_H
#define SIDLE_LAYER_LAYER_H

#include "base/real.h"
#include "base/rng.h"
#include "base/status.h"
#include "math/xent.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a layer may know of the item it works on: one batch of B rows. */
typedef struct sidle_item {
    int64_t number;        /* from 1; evaluation items count by themselves */
    int is_training;       /* dropout is on */
    uint64_t seed;         /* of the run: draws are (seed, layer, number, i) */
    ptrdiff_t rows;        /* B */
    ptrdiff_t first_row;   /* number of row 0 among all replicas' rows */
    const int32_t *length; /* (B) valid inputs of each row, T_b >= 0 */
    const int32_t *scored; /* (B) so many last latents count; NULL: all N */
    /* Only the first and the last layer of a model see the batch itself. */
    ptrdiff_t width;           /* tokens of a row as stored: M + 1 */
    const int32_t *tokens;     /* (B, width), right padded with 0; or NULL */
    const sidle_real *values;  /* (B, ...) real-valued input, or NULL */
    const sidle_real *targets; /* (B, ...) real-valued labels, or NULL */
    double grad_weight;        /* of every target in the gradient: 1 / n or 1 */
    double z_loss;
    sidle_loss *loss; /* where the last layer adds this item's loss */
} sidle_item;

typedef enum sidle_init {
    SIDLE_INIT_ZERO,
    SIDLE_INIT_ONE,
    SIDLE_INIT_NORMAL, /* truncated normal, std 1 before truncation at 2 */
    SIDLE_INIT_FAN_IN  /* truncated normal of true std 1 / sqrt(fan_in) */
} sidle_init;

/* One parameter tensor. Two-dimensional ones are (out, in), row-major. */
typedef struct sidle_param {
    char name[64]; /* path below /model, for example "self/000/q/weight" */
    int n_dims;    /* 1 or 2 */
    ptrdiff_t dims[2];
    ptrdiff_t fan_in;
    sidle_init init;
    int is_matrix;    /* a weight inside the layers: Muon turns it */
    ptrdiff_t offset; /* in reals, from the start of the layer's weights */
    ptrdiff_t count;
} sidle_param;

#define SIDLE_LAYER_MAX_PARAMS 32

typedef struct sidle_layer sidle_layer;

/* One step of a sampler: new elements of one sequence, in order. */
typedef struct sidle_step {
    ptrdiff_t n_new;       /* tokens (first layer) that are new */
    ptrdiff_t n_out;       /* latents to compute: the last n_out positions */
    int64_t position;      /* of the first of the n_out latents, from 1 */
    const int32_t *tokens; /* (max(n_new, n_out)) the last tokens of the
                              sequence; first layer only */
    const sidle_real *x;   /* (n_out, d) all other layers */
    sidle_real *y;         /* (n_out, d), or the logits (n_out, V) */
} sidle_step;

typedef struct sidle_layer_ops {
    const char *kind;
    /**
     * Read the configuration, fill in sizes and parameters.
     * Errors: SIDLE_EUSAGE names the key that does not fit.
     */
    sidle_status (*setup)(sidle_layer *layer, const void *config);
    /**
     * Make what the calls below read besides the weights, tables for instance:
     * a layer that is only looked at has none. Called by a block that reserves
     * memory for the layer, maybe by several. NULL where there is nothing.
     * Errors: SIDLE_EINTERNAL if memory cannot be had.
     */
    sidle_status (*ready)(sidle_layer *layer);
    void (*done)(sidle_layer *layer); /* may be NULL */

    /** y = f(x). x is NULL for the first layer, y for the last. */
    void (*forward)(const sidle_layer *layer, const sidle_item *item,
                    const sidle_real *w, const sidle_real *x, sidle_real *y,
                    sidle_real *cache, sidle_real *scratch);
    /** dx = (df/dx)^T dy. dx is NULL for the first layer, dy for the last. */
    void (*input_grad)(const sidle_layer *layer, const sidle_item *item,
                       const sidle_real *w, const sidle_real *x,
                       const sidle_real *cache, const sidle_real *dy,
                       sidle_real *dx, sidle_real *stash, sidle_real *scratch);
    /** dw += (df/dw)^T dy, from what forward and input_grad left. */
    void (*weight_grad)(const sidle_layer *layer, const sidle_item *item,
                        const sidle_real *w, const sidle_real *x,
                        const sidle_real *cache, const sidle_real *dy,
                        const sidle_real *stash, sidle_real *dw,
                        sidle_real *scratch);

    /* For the sampler; NULL where a kind cannot take steps. */
    /** Reals of state for a sequence of up to `capacity` elements. */
    size_t (*state_size)(const sidle_layer *layer, ptrdiff_t capacity);
    /** Start an empty sequence. */
    void (*state_clear)(const sidle_layer *layer, sidle_real *state,
                        ptrdiff_t capacity);
    /** Drop the oldest `n` elements of the state. */
    void (*state_drop)(const sidle_layer *layer, sidle_real *state,
                       ptrdiff_t n);
    /**
     * Append step->n_out elements (the first layer: n_new tokens) to the state
     * and compute the outputs of the last n_out; no dropout. Elements already
     * in the state are visible, later ones are not.
     */
    void (*step)(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step,
                 sidle_real *scratch);
    /** Reals of scratch for a step with so many new and out elements. */
    size_t (*step_scratch)(const sidle_layer *layer, ptrdiff_t capacity,
                           ptrdiff_t n_new, ptrdiff_t n_out);
} sidle_layer_ops;

struct sidle_layer {
    const sidle_layer_ops *ops;
    char name[32];  /* unit name: "cross", "self.000", "final" */
    int index;      /* place in the model, from 0 */
    ptrdiff_t rows; /* B that the sizes below are for */
    /* Filled in by setup, in reals for B rows. */
    size_t in, out; /* input and output activation, 0 at the ends */
    size_t cache, stash, scratch;
    size_t weights; /* all parameters, padded to SIDLE_ALIGN bytes */
    size_t tables;  /* bytes that ready() takes */
    double flops;   /* of a forward of B rows, counted as design says */
    int n_params;
    sidle_param params[SIDLE_LAYER_MAX_PARAMS];
    void *self; /* the kind's own data, made by setup, freed by done */
};

/**
 * Set up a layer of a kind for B rows.
 * Owns:    copies `name`; borrows `config` (it must outlive the layer). End it
 *          with sidle_layer_done().
 * Errors:  what the kind's setup answers.
 */
sidle_status sidle_layer_init(sidle_layer *layer, const sidle_layer_ops *ops,
                              const char *name, int index, ptrdiff_t rows,
                              const void *config);
void sidle_layer_done(sidle_layer *layer);

/**
 * Called by a kind's setup: the next parameter; answers its index.
 * Shapes:  (out, in), or (out) where `in` is 0.
 */
int sidle_layer_add_param(sidle_layer *layer, const char *name, ptrdiff_t out,
                          ptrdiff_t in, ptrdiff_t fan_in, sidle_init init,
                          int is_matrix);

/**
 * Close the gaps between the parameters first .. last (the last one added), so
 * that together they are one matrix, or one vector.
 */
void sidle_layer_join_params(sidle_layer *layer, int first, int last);

/**
 * Write initial values: each is a function of (seed, name, index) alone.
 * Shapes:  w (layer->weights); padding is set to zero.
 * Source:  variance scaling as in dm-haiku: std divided by 0.87962566103, the
 *          true std of a unit normal truncated at 2.
 */
void sidle_layer_init_weights(const sidle_layer *layer, uint64_t seed,
                              sidle_real *w);

#ifdef __cplusplus
}
#endif

#endif

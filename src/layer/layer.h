/* layer.h - the contract of a layer: sizes, initial values, forward, the two
 * halves of the backward, and the step of a sampler.
 *
 * A layer is a pure function of (weights, item, input): it owns no buffer. Its
 * setup sets the sizes that it needs; the block that contains it adds them up
 * and passes the memory. There are four kinds of memory, in reals and aligned:
 *
 *   cache    what forward() keeps for the backward of the same item
 *   stash    what input_grad() keeps for weight_grad() of the same item
 *   scratch  valid only during a call; shared by all layers of a block
 *   state    what a sampler keeps of a sequence, such as keys and values
 *
 * The backward has two halves so that the input gradient can be sent before the
 * weight gradients are computed: the neighbour waits for input_grad().
 * weight_grad() adds to dw and can run at any later time. */
#ifndef SIDLE_LAYER_LAYER_H
#define SIDLE_LAYER_LAYER_H

#include "base/item.h"
#include "base/option.h"
#include "base/rng.h"
#include "math/xent.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_init {
    SIDLE_INIT_ZERO,
    SIDLE_INIT_ONE,
    SIDLE_INIT_NORMAL, /* normal of std 1, truncated at 2 */
    SIDLE_INIT_FAN_IN, /* truncated normal with std 1 / sqrt(fan_in) */
    SIDLE_INIT_HE      /* truncated normal with std sqrt(2 / fan_in) */
} sidle_init;

/* One parameter tensor, row-major; its first dimension is that of the output.
 */
typedef struct sidle_param {
    char name[64]; /* path below /model, for example "layer/003/weight" */
    int n_dims;    /* 1 to 4 */
    ptrdiff_t dims[SIDLE_MAX_DIMS];
    ptrdiff_t fan_in;
    sidle_init init;
    int is_matrix;    /* a hidden weight matrix, for optimizers such as Muon */
    ptrdiff_t offset; /* in reals, from the start of the layer's weights */
    ptrdiff_t count;
} sidle_param;

typedef struct sidle_layer sidle_layer;

/* Arguments of one call of a layer; the description of a function names those
 * that it uses. Activations are (B, shape). */
typedef struct sidle_call {
    const sidle_item *item;
    const sidle_real *w;  /* the layer's weights */
    const sidle_real *x;  /* input; NULL if its shape is empty */
    sidle_real *y;        /* output; NULL if its shape is empty */
    sidle_real *cache;    /* from forward, for both halves */
    const sidle_real *dy; /* gradient of y; NULL if y is */
    sidle_real *dx;       /* gradient of x; NULL: not needed */
    sidle_real *stash;    /* from input_grad, for weight_grad */
    sidle_real *dw;       /* sum of weight gradients */
    sidle_real *scratch;
    const sidle_real *side; /* a second input, see sidle_layer.back */
    sidle_real *dside;      /* gradient of side; NULL: not needed */
    /* Of a chain only: further gradients of outputs of its layers. */
    const struct sidle_outer *outer;
    int n_outer;
    double grad_weight; /* of each target in the gradient: 1 / n or 1 */
    sidle_loss *loss;   /* to which a loss layer adds its sums */
} sidle_call;

/* The gradient of the output of layer `layer` of a chain, from 0, by way of a
 * later unit that is not in the chain; to be added. */
typedef struct sidle_outer {
    int layer;
    const sidle_real *dy; /* (out) of that layer */
} sidle_outer;

/* Properties of the loss of a loss layer. */
typedef struct sidle_loss_kind {
    const char *unit; /* of the loss, for example "nats a target" */
    int has_classes;  /* targets are classes; correct ones are counted */
    /**
     * Mean loss of a model that ignores its input. Units: `unit`.
     * If it depends on the targets: NULL or a result of NAN; forward then adds
     * it up in loss->uninformed.
     */
    double (*uninformed)(const sidle_layer *layer);
} sidle_loss_kind;

/* One step of a sampler: new elements of one sequence, in order. */
typedef struct sidle_step {
    ptrdiff_t n_new;     /* new elements (first layer) */
    ptrdiff_t n_out;     /* outputs to compute, at the last positions */
    int64_t position;    /* of the first of the n_out outputs, from 1 */
    const int32_t *ids;  /* (max(n_new, n_out)) the last elements of the
                            sequence; first layer only */
    const sidle_real *x; /* (n_out, d) all other layers */
    sidle_real *y;       /* (n_out, d), or the logits (n_out, K) */
} sidle_step;

typedef struct sidle_layer_ops {
    const char *kind;
    const sidle_option *rows; /* (n_rows) of the kind's options */
    int n_rows;
    size_t options_size;         /* bytes of the options' struct; 0: none */
    int has_inner;               /* the options are a sidle_layer_list */
    const sidle_loss_kind *loss; /* NULL: no loss layer */
    /**
     * Set the shape of an output row, sizes, operations, fields and parameters,
     * from the shape of an input row, layer->in_shape, and the options.
     * Owns:    `options` lives as long as the layer.
     * Errors:  SIDLE_EUSAGE; the message names the key or shape that does not
     *          fit.
     */
    sidle_status (*setup)(sidle_layer *layer, const void *options);
    /**
     * Make what the calls below read besides the weights, for example tables. A
     * block calls it when it reserves memory for the layer, possibly several
     * blocks do; a layer in no block has no tables. May be NULL.
     * Errors:  SIDLE_EINTERNAL if memory cannot be allocated.
     */
    sidle_status (*ready)(sidle_layer *layer);
    void (*done)(sidle_layer *layer); /* may be NULL */
    /**
     * Make this layer, or the last one inside it that can be one, the head that
     * makes the logits: its initial weights are zero, and its weight is no
     * matrix for the optimizer. Returns 0 if there is none; NULL: never one.
     */
    int (*become_head)(sidle_layer *layer);

    /** y = f(x), or the loss. Uses item, w, x, y, cache, scratch, loss, and
     * side. */
    void (*forward)(const sidle_layer *layer, const sidle_call *call);
    /** dx = (df/dx)^T dy. Uses item, w, x, cache, dy, dx, stash, scratch,
     * grad_weight and dside. */
    void (*input_grad)(const sidle_layer *layer, const sidle_call *call);
    /** dw += (df/dw)^T dy, from the cache and the stash. Uses item, w,
     * x, cache, dy, stash, dw, scratch. NULL: no parameters. */
    void (*weight_grad)(const sidle_layer *layer, const sidle_call *call);

    /* For the sampler; NULL if the kind has no steps. */
    /** Reals of state for a sequence of up to `capacity` elements. */
    size_t (*state_size)(const sidle_layer *layer, ptrdiff_t capacity);
    /** Start an empty sequence. */
    void (*state_clear)(const sidle_layer *layer, sidle_real *state,
                        ptrdiff_t capacity);
    /** Drop the oldest `n` elements of the state. */
    void (*state_drop)(const sidle_layer *layer, sidle_real *state,
                       ptrdiff_t n);
    /**
     * Append step->n_out elements (the first layer: n_new elements) to the
     * state and compute the outputs of the last n_out; no dropout. Elements
     * already in the state are visible, later ones are not.
     */
    void (*step)(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step,
                 sidle_real *scratch);
    /** Reals of scratch for a step with n_new new elements and n_out outputs.
     */
    size_t (*step_scratch)(const sidle_layer *layer, ptrdiff_t capacity,
                           ptrdiff_t n_new, ptrdiff_t n_out);
} sidle_layer_ops;

#define SIDLE_LAYER_MAX_READS 2

struct sidle_layer {
    const sidle_layer_ops *ops;
    char name[48];         /* unit name: "layer.003" */
    char path[48];         /* of its parameters: "layer/003" */
    ptrdiff_t rows;        /* B, for which the sizes below are */
    sidle_shape in_shape;  /* of a row; empty: reads fields only */
    sidle_shape out_shape; /* set by setup; empty: a loss */
    size_t in, out;        /* reals of B rows of both */
    /* Set by setup, in reals for B rows. */
    size_t cache, stash, scratch;
    size_t weights;    /* all parameters, padded to SIDLE_ALIGN bytes */
    size_t tables;     /* bytes that ready() allocates */
    double flops;      /* operations that a forward of B rows performs */
    ptrdiff_t targets; /* of a row, at most; loss layers only */
    /* For the sampler. */
    ptrdiff_t capacity; /* elements of a sequence in the state */
    int can_slide;      /* the oldest elements can be dropped */
    ptrdiff_t classes;  /* number of logits of a step, in a loss layer */
    int n_reads;        /* fields that it reads */
    sidle_field reads[SIDLE_LAYER_MAX_READS];
    int read_at[SIDLE_LAYER_MAX_READS]; /* their indices in item->fields */
    /* A skip has a second input: the output of the unit that is `back` units
     * before it in the model; else 0. Set by setup. */
    int back;
    sidle_shape side_shape; /* of a row of it */
    size_t side;            /* reals of B rows */
    /* The units before it, during setup; NULL: it is inside another one. */
    const struct sidle_layer *earlier; /* (n_earlier) */
    int n_earlier;
    int n_params;
    sidle_param *params; /* (n_params) */
    void *options;       /* the layer's copy */
    void *self;          /* the kind's data, from setup; done frees it */
};

/* The description of a layer: its kind and its options. */
typedef struct sidle_layer_entry {
    const sidle_layer_ops *ops;
    const char *name;    /* of the layer; not used inside another layer */
    const void *options; /* copied */
} sidle_layer_entry;

/* The options of a kind that contains layers. Owns: borrows the entries until
 * the layer is set up. */
typedef struct sidle_layer_list {
    const sidle_layer_entry *entries; /* (n) */
    int n;
} sidle_layer_list;

/**
 * Set up a layer of a kind for B rows of a shape.
 * Shapes:  in: of one row; NULL or empty for a layer that reads fields only.
 * Owns:    copies name, shape and options (ops->options_size). End it with
 *          sidle_layer_done().
 * Errors:  those of the kind's setup; SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_layer_init(sidle_layer *layer, const sidle_layer_ops *ops,
                              const char *name, const sidle_shape *in,
                              ptrdiff_t rows, const void *options);
/** The same for a unit of a model, after the units `earlier` (n_earlier), whose
 * outputs it may take. */
sidle_status sidle_layer_init_after(sidle_layer *layer,
                                    const sidle_layer_ops *ops,
                                    const char *name, const sidle_shape *in,
                                    ptrdiff_t rows, const void *options,
                                    const sidle_layer *earlier, int n_earlier);
void sidle_layer_done(sidle_layer *layer);

/**
 * Called by a kind's setup: add the next parameter; returns its index.
 * Shapes:  (out, in), or (out) if `in` is 0.
 */
int sidle_layer_add_param(sidle_layer *layer, const char *name, ptrdiff_t out,
                          ptrdiff_t in, ptrdiff_t fan_in, sidle_init init,
                          int is_matrix);
/** The same for any shape. */
int sidle_layer_add_tensor(sidle_layer *layer, const char *name,
                           const sidle_shape *shape, ptrdiff_t fan_in,
                           sidle_init init, int is_matrix);

/** Called by a kind's setup: add the parameters of an inner layer to those of
 * this one, at `offset` reals from the start of its weights. */
void sidle_layer_adopt_params(sidle_layer *layer, const sidle_layer *inner,
                              size_t offset);

/** Called by a kind's setup: refuse an input of the wrong shape; `needs` states
 * in words what the kind expects. Returns SIDLE_EUSAGE. */
sidle_status sidle_layer_refuse(const sidle_layer *layer, const char *needs);

/** Called by a kind's setup: declare a field that the layer reads; returns its
 * index for sidle_layer_field(). */
int sidle_layer_read(sidle_layer *layer, const char *name, char type,
                     const sidle_shape *shape);
/** The array of a field of the item, (B, shape). */
static inline const void *sidle_layer_field(const sidle_layer *layer,
                                            const sidle_item *item, int read)
{
    return item->fields[layer->read_at[read]];
}

/**
 * Close the gaps between the parameters first .. last, which is the last one
 * added, so that together they are one matrix or one vector.
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

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
    SIDLE_INIT_NORMAL, /* truncated normal, std 1 before truncation at 2 */
    SIDLE_INIT_FAN_IN, /* truncated normal of true std 1 / sqrt(fan_in) */
    SIDLE_INIT_HE      /* and of true std sqrt(2 / fan_in) */
} sidle_init;

/* One parameter tensor, row-major; the first dimension is the output's. */
typedef struct sidle_param {
    char name[64]; /* path below /model, for example "layer/003/weight" */
    int n_dims;    /* 1 to 4 */
    ptrdiff_t dims[SIDLE_MAX_DIMS];
    ptrdiff_t fan_in;
    sidle_init init;
    int is_matrix;    /* a weight inside the layers: Muon turns it */
    ptrdiff_t offset; /* in reals, from the start of the layer's weights */
    ptrdiff_t count;
} sidle_param;

typedef struct sidle_layer sidle_layer;

/* What one call of a layer works on; a call uses what its description names.
 * Activations are (B, shape). */
typedef struct sidle_call {
    const sidle_item *item;
    const sidle_real *w;  /* the layer's weights */
    const sidle_real *x;  /* input; NULL where its shape is empty */
    sidle_real *y;        /* output; NULL where its shape is empty */
    sidle_real *cache;    /* left by forward for both halves */
    const sidle_real *dy; /* gradient of y; NULL where y is */
    sidle_real *dx;       /* gradient of x; NULL: nobody wants it */
    sidle_real *stash;    /* left by input_grad for weight_grad */
    sidle_real *dw;       /* sum of the weights' gradients */
    sidle_real *scratch;
    double grad_weight; /* of every target in the gradient: 1 / n or 1 */
    sidle_loss *loss;   /* where a loss layer adds its sums */
} sidle_call;

/* What a loss layer tells of its loss. */
typedef struct sidle_loss_kind {
    const char *unit; /* of the loss, for example "nats a target" */
    int has_classes;  /* targets are classes: correct ones are counted */
    /**
     * Mean loss of a model that knows nothing of the input. Units: `unit`.
     * NULL, or NAN, where it depends on the targets: then forward adds it up,
     * in loss->uninformed.
     */
    double (*uninformed)(const sidle_layer *layer);
} sidle_loss_kind;

/* One step of a sampler: new elements of one sequence, in order. */
typedef struct sidle_step {
    ptrdiff_t n_new;     /* elements (first layer) that are new */
    ptrdiff_t n_out;     /* outputs to compute: those of the last positions */
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
     * Take the shape of an input row, layer->in_shape, and the options; set the
     * shape of an output row, sizes, operations, fields and parameters.
     * Owns:    `options` lives as long as the layer.
     * Errors:  SIDLE_EUSAGE names the key, or the shape, that does not fit.
     */
    sidle_status (*setup)(sidle_layer *layer, const void *options);
    /**
     * Make what the calls below read besides the weights, tables for instance:
     * a layer that is only looked at has none. Called by a block that reserves
     * memory for the layer, maybe by several. NULL where there is nothing.
     * Errors: SIDLE_EINTERNAL if memory cannot be had.
     */
    sidle_status (*ready)(sidle_layer *layer);
    void (*done)(sidle_layer *layer); /* may be NULL */
    /** Become the layer whose output is scored as classes: it starts at zero,
     * and its weight is no matrix for the optimizer. NULL: nothing changes. */
    void (*become_head)(sidle_layer *layer);

    /** y = f(x), or the loss. Uses item, w, x, y, cache, scratch, loss. */
    void (*forward)(const sidle_layer *layer, const sidle_call *call);
    /** dx = (df/dx)^T dy. Uses item, w, x, cache, dy, dx, stash, scratch and
     * grad_weight. */
    void (*input_grad)(const sidle_layer *layer, const sidle_call *call);
    /** dw += (df/dw)^T dy, from what forward and input_grad left. Uses item, w,
     * x, cache, dy, stash, dw, scratch. NULL: no parameters. */
    void (*weight_grad)(const sidle_layer *layer, const sidle_call *call);

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
     * Append step->n_out elements (the first layer: n_new elements) to the
     * state and compute the outputs of the last n_out; no dropout. Elements
     * already in the state are visible, later ones are not.
     */
    void (*step)(const sidle_layer *layer, const sidle_real *w,
                 sidle_real *state, const sidle_step *step,
                 sidle_real *scratch);
    /** Reals of scratch for a step with so many new and out elements. */
    size_t (*step_scratch)(const sidle_layer *layer, ptrdiff_t capacity,
                           ptrdiff_t n_new, ptrdiff_t n_out);
} sidle_layer_ops;

#define SIDLE_LAYER_MAX_READS 2

struct sidle_layer {
    const sidle_layer_ops *ops;
    char name[48];         /* unit name: "layer.003" */
    char path[48];         /* of its parameters: "layer/003" */
    ptrdiff_t rows;        /* B that the sizes below are for */
    sidle_shape in_shape;  /* of a row; empty: reads fields only */
    sidle_shape out_shape; /* set by setup; empty: a loss */
    size_t in, out;        /* reals of B rows of both */
    /* Set by setup, in reals for B rows. */
    size_t cache, stash, scratch;
    size_t weights; /* all parameters, padded to SIDLE_ALIGN bytes */
    size_t tables;  /* bytes that ready() takes */
    double flops;   /* operations of a forward of B rows: those that it does */
    ptrdiff_t targets; /* of a row, at most; loss layers only */
    /* For the sampler. */
    ptrdiff_t capacity; /* elements of a sequence that the state keeps */
    int can_slide;      /* the oldest of them may be dropped */
    ptrdiff_t classes;  /* numbers of a step's output in a loss layer: logits */
    int n_reads;        /* fields that it reads */
    sidle_field reads[SIDLE_LAYER_MAX_READS];
    int read_at[SIDLE_LAYER_MAX_READS]; /* their places in item->fields */
    int n_params;
    sidle_param *params; /* (n_params) */
    void *options;       /* the layer's copy */
    void *self;          /* the kind's own data, made by setup, freed by done */
};

/* A layer as it is described: a kind and its options. */
typedef struct sidle_layer_entry {
    const sidle_layer_ops *ops;
    const char *name;    /* of the layer; inside another one it is not used */
    const void *options; /* copied */
} sidle_layer_entry;

/* The options of a kind that has layers inside. Owns: borrows the entries until
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
 * Errors:  what the kind's setup answers; SIDLE_EINTERNAL (memory).
 */
sidle_status sidle_layer_init(sidle_layer *layer, const sidle_layer_ops *ops,
                              const char *name, const sidle_shape *in,
                              ptrdiff_t rows, const void *options);
void sidle_layer_done(sidle_layer *layer);

/**
 * Called by a kind's setup: the next parameter; answers its index.
 * Shapes:  (out, in), or (out) where `in` is 0.
 */
int sidle_layer_add_param(sidle_layer *layer, const char *name, ptrdiff_t out,
                          ptrdiff_t in, ptrdiff_t fan_in, sidle_init init,
                          int is_matrix);
/** The same for any shape. */
int sidle_layer_add_tensor(sidle_layer *layer, const char *name,
                           const sidle_shape *shape, ptrdiff_t fan_in,
                           sidle_init init, int is_matrix);

/** Called by a kind's setup: the parameters of a layer inside this one join its
 * own; they lie `offset` reals behind the start of its weights. */
void sidle_layer_adopt_params(sidle_layer *layer, const sidle_layer *inner,
                              size_t offset);

/** Called by a kind's setup: SIDLE_EUSAGE for an input of the wrong shape, with
 * what the kind needs in words. */
sidle_status sidle_layer_refuse(const sidle_layer *layer, const char *needs);

/** Called by a kind's setup: the layer reads this field of items; answers its
 * index, for sidle_layer_field(). */
int sidle_layer_read(sidle_layer *layer, const char *name, char type,
                     const sidle_shape *shape);
/** A field of the item, (B, shape). */
static inline const void *sidle_layer_field(const sidle_layer *layer,
                                            const sidle_item *item, int read)
{
    return item->fields[layer->read_at[read]];
}

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

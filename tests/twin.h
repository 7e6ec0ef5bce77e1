/* twin.h - a second Perceiver AR in plain double-precision loops, and its
 * training: what the product is held against.
 *
 * It shares no code with src/. Attention is a full matrix of probabilities, a
 * gradient runs the forward again, a schedule is played item by item with full
 * copies of the weights. There is no dropout. A test names both sources:
 *
 *     with: twin.c twin_train.c
 *
 * Weights are one flat array; twin_param tells where a tensor lies. A unit is
 * what a layer is in the product: 0 is "cross", 1 .. L are "self.000" ..,
 * L + 1 is "final". Parameters are in the order of units.
 *
 * Source: google-research/perceiver-ar (the network); Malinowski et al.,
 * arXiv:2001.06232 (Sideways); Narayanan et al., SOSP 2019 (PipeDream). */
#ifndef SIDLE_TESTS_TWIN_H
#define SIDLE_TESTS_TWIN_H

#include <stddef.h>
#include <stdint.h>

typedef enum twin_bend { TWIN_SQ_RELU, TWIN_GELU } twin_bend;
typedef enum twin_positions {
    TWIN_ROTARY,
    TWIN_LEARNED,
    TWIN_SINUSOIDAL
} twin_positions;

typedef struct twin_config {
    int vocab, context, latents, width, heads, layers;
    int embed_width, cross_heads, mlp_factor; /* no 0 stands for a default */
    twin_bend activation;
    twin_positions positions; /* learned: one table of context + 1 rows */
    double rotary_fraction;
} twin_config;

typedef struct twin_param {
    char name[128]; /* path below /model: "self/000/q/weight" */
    int unit;
    int n_dims;
    int dims[2]; /* (out, in), or (n, 1) */
    ptrdiff_t offset, count;
} twin_param;

typedef struct twin {
    twin_config config;
    int n_units; /* layers + 2 */
    int n_params;
    twin_param *params;
    ptrdiff_t count; /* doubles of all parameters */
} twin;

/* One item. Valid lengths are read off the tokens: up to the first 0. */
typedef struct twin_item {
    int rows;
    const int32_t *tokens; /* (rows, context + 1), right padded with 0 */
    const int32_t *scored; /* (rows) last latents that count; NULL: all */
} twin_item;

typedef struct twin_loss {
    double nats; /* summed over targets, without z-loss */
    int n_targets;
} twin_loss;

twin *twin_new(const twin_config *config);
void twin_free(twin *twin);
/** The parameter of a name; NULL if there is none. */
const twin_param *twin_find(const twin *twin, const char *name);
/** Targets of an item that count. */
int twin_targets(const twin *twin, const twin_item *item);

/**
 * Units first .. last-1 forward.
 * Shapes:  w (count); x (rows, N, d), NULL for unit 0; y (rows, N, d), not
 *          touched by the last unit, which answers the loss.
 */
twin_loss twin_forward(const twin *twin, const double *w, int first, int last,
                       const twin_item *item, const double *x, double *y);
/**
 * The vector-Jacobian product of these units at (x, w): dx is written (NULL
 * for unit 0), dw (count) is added to. For the last unit dy is NULL and the
 * gradient is that of weight * sum over targets of (nats + z_loss (log Z)^2).
 */
void twin_backward(const twin *twin, const double *w, int first, int last,
                   const twin_item *item, const double *x, const double *dy,
                   double weight, double z_loss, double *dx, double *dw);

typedef enum twin_schedule {
    TWIN_BACKPROP,
    TWIN_SIDEWAYS,  /* tick order, newest activation, current weights */
    TWIN_PIPEDREAM, /* head start D - i, matched activation, stashed weights */
    TWIN_DELAYED,   /* head start 2 (D - i), matched, current weights */
    TWIN_SIDEWAYS_1F1B, /* head start D - i, newest, current weights */
    TWIN_SIDEWAYS_LIST  /* TWIN_SIDEWAYS once more, without ticks: head start
                           2 (D - i), newest, current weights */
} twin_schedule;

/* Plain SGD at a constant rate: w <- w (1 - lr weight_decay) for matrices and
 * tables, v <- momentum v + g, w <- w - lr v, block by block. */
typedef struct twin_run {
    twin_schedule schedule;
    int n_blocks;
    const int *first_unit; /* (n_blocks + 1), the last one is n_units */
    int update_every;
    int is_mean; /* loss_reduction; 0: sum */
    double lr, momentum, weight_decay;
    double clip; /* norm of a block's gradient; 0: off */
    double z_loss;
} twin_run;

/**
 * Feed the items and drain: w (count) changes in place.
 * Shapes:  losses (n_items), of each item at the last block; or NULL.
 */
void twin_train(const twin *twin, const twin_run *run, const twin_item *items,
                int n_items, double *w, twin_loss *losses);

#endif

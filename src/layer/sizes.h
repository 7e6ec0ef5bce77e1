/* sizes.h - the hyperparameters of a Perceiver AR. */
#ifndef SIDLE_LAYER_SIZES_H
#define SIDLE_LAYER_SIZES_H

#include "math/activation.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum sidle_positions {
    SIDLE_ROTARY,
    SIDLE_LEARNED,
    SIDLE_SINUSOIDAL
} sidle_positions;

#define SIDLE_MAX_POSITION_TABLES 8

/* The options of `model:`; every member is set, and 0 never means a default. */
typedef struct sidle_perceiver {
    ptrdiff_t vocab;       /* V */
    ptrdiff_t context;     /* M */
    ptrdiff_t latents;     /* N <= M */
    ptrdiff_t width;       /* d */
    ptrdiff_t heads;       /* of self-attention; divides d */
    ptrdiff_t layers;      /* L self-attention layers */
    ptrdiff_t embed_width; /* C; even. D_a = C */
    ptrdiff_t cross_heads; /* divides C */
    ptrdiff_t mlp_factor;
    sidle_activation activation;
    sidle_positions positions;
    double rotary_fraction;
    int n_position_sizes; /* 0: one table of context + 1 rows; embed.h */
    ptrdiff_t position_sizes[SIDLE_MAX_POSITION_TABLES];
    int position_pad;     /* the context can be rounded up; places.h */
    int has_old_places;   /* no key: of a checkpoint from before position_pad,
                             when a context could be up to 128 larger than the
                             number of places */
    double dropout;       /* residual */
    double cross_dropout; /* of keys of the cross-attention */
    double z_loss;        /* weight of (log Z)^2 in the gradient */
} sidle_perceiver;

#ifdef __cplusplus
}
#endif

#endif

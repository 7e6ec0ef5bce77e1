/* mlp.h - y = x + dropout(down(activation(up(norm(x))))), the second half of a
 * layer.
 *
 * The cache contains the moments of the layer norm and the input of the
 * activation function. The backward computes the normalised x and the values of
 * the activation function again, with one pass over memory each; to keep them
 * would cost (w + 1) d reals per latent in every slot. */
#ifndef SIDLE_LAYER_MLP_H
#define SIDLE_LAYER_MLP_H

#include "base/carve.h"
#include "layer/affine.h"
#include "layer/drop.h"
#include "math/activation.h"

typedef struct sidle_mlp {
    sidle_norm norm;
    sidle_affine up, down;
    sidle_activation activation;
    sidle_drop drop;
} sidle_mlp;

typedef struct sidle_mlp_kept {
    sidle_moments moments; /* (rows) */
    sidle_real *hidden;    /* (rows, w d) before the activation function */
} sidle_mlp_kept;

typedef struct sidle_mlp_grads {
    sidle_real *normed; /* (rows, d) of the normalised x */
    sidle_real *hidden; /* (rows, w d) before the activation function */
} sidle_mlp_grads;

/* Arguments of forward, input_grad and weight_grad. */
typedef struct sidle_mlp_call {
    const sidle_item *item; /* for dropout; NULL in a sampler's step */
    ptrdiff_t rows;         /* all latents of all rows of the batch */
    sidle_mlp_kept kept;
    sidle_mlp_grads grads;
    sidle_real *scratch; /* sidle_mlp_scratch() */
} sidle_mlp_call;

/** Adds norm_mlp, mlp_up and mlp_down below `path`; sets all members except
 * activation and drop. */
void sidle_mlp_add(sidle_mlp *mlp, sidle_layer *layer, const char *path,
                   ptrdiff_t width, ptrdiff_t factor);
sidle_mlp_kept sidle_mlp_carve_kept(const sidle_mlp *mlp, sidle_carve *carve,
                                    ptrdiff_t rows);
sidle_mlp_grads sidle_mlp_carve_grads(const sidle_mlp *mlp, sidle_carve *carve,
                                      ptrdiff_t rows);
size_t sidle_mlp_scratch(const sidle_mlp *mlp, ptrdiff_t rows);

void sidle_mlp_forward(const sidle_mlp *mlp, const sidle_mlp_call *call,
                       const sidle_real *w, const sidle_real *x, sidle_real *y);
void sidle_mlp_input_grad(const sidle_mlp *mlp, const sidle_mlp_call *call,
                          const sidle_real *w, const sidle_real *x,
                          const sidle_real *dy, sidle_real *dx);
void sidle_mlp_weight_grad(const sidle_mlp *mlp, const sidle_mlp_call *call,
                           const sidle_real *w, const sidle_real *x,
                           const sidle_real *dy, sidle_real *dw);

#endif

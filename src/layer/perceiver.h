/* perceiver.h - the three layer kinds of Perceiver AR, and their sizes.
 *
 *   cross   tokens (B, M+1) -> latents z (B, N, d): embedding, latent
 *           projection, cross-attention and its MLP. It is one unit, so that
 *           every edge between blocks carries one activation (B, N, d).
 *   self    z -> z: causal self-attention and MLP, pre-norm, residual
 *   final   z -> loss: LayerNorm, logits, cross-entropy
 *
 * Letters of dimensions, used everywhere: B batch rows, M context (inputs of a
 * row), N latents, C embedding width, d latent width, D_a width of all heads
 * together, H heads, V vocabulary, L layers. Arrays are row-major.
 *
 * Source: Hawthorne et al., arXiv:2202.07765; google-research/perceiver-ar. */
#ifndef SIDLE_LAYER_PERCEIVER_H
#define SIDLE_LAYER_PERCEIVER_H

#include "layer/layer.h"
#include "layer/sizes.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Check that the sizes fit together.
 * Errors:  SIDLE_EUSAGE; the message names the key. Also for a context that has
 *          no rows in the tables of `position_sizes` (places.h).
 */
sidle_status sidle_perceiver_check(const sidle_perceiver *config);
/** Shape of a row of latents, (N, d). */
sidle_shape sidle_perceiver_shape(const sidle_perceiver *config);
/** Errors: SIDLE_EUSAGE unless the layer's input has that shape. */
sidle_status sidle_perceiver_check_input(const sidle_layer *layer,
                                         const sidle_perceiver *config);
/**
 * Operations of an item's forward as reported for every Perceiver AR, so that
 * the reports of different programs are comparable; sidle_layer.flops has the
 * operations that a layer performs.
 * Source:  B [4Md^2 + 4NMd + 22Nd^2 + L (24Nd^2 + 4N^2d) + 2NdV], d = C.
 */
double sidle_perceiver_flops(const sidle_perceiver *config, ptrdiff_t rows);

/* The options of all three are a const sidle_perceiver *. A self layer is
 * called "self.00k"; its parameters are "self/00k/...". */
extern const sidle_layer_ops sidle_cross_ops, sidle_self_ops, sidle_final_ops;

/* Masks as integers, shared with the tests (golden vectors of the reference):
 * the index of the input of latent i, -1 for an invalid latent. */
static inline ptrdiff_t sidle_latent_input(ptrdiff_t length, ptrdiff_t latents,
                                           ptrdiff_t i)
{
    ptrdiff_t at = length - latents + i;

    return at < 0 ? -1 : at;
}
/** Keys [first, last) that latent i attends to in the cross-attention. */
void sidle_cross_mask(ptrdiff_t length, ptrdiff_t latents, int32_t *first,
                      int32_t *last);
/** Keys [first, last) that latent i attends to in self-attention. */
void sidle_self_mask(ptrdiff_t length, ptrdiff_t latents, int32_t *first,
                     int32_t *last);
/** Labels of a row's latents: the next token, or 0 if it is no target. */
void sidle_latent_labels(const int32_t *tokens, ptrdiff_t length,
                         ptrdiff_t latents, ptrdiff_t scored, int32_t *label);

#ifdef __cplusplus
}
#endif

#endif

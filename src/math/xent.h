/* xent.h - softmax cross-entropy of rows of logits, with its gradient. */
#ifndef SIDLE_MATH_XENT_H
#define SIDLE_MATH_XENT_H

#include "base/real.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sums over rows, in double: they cross rows, items and windows. */
typedef struct sidle_loss {
    double sum;        /* of the losses, without z-loss */
    double z;          /* sum of (log Z)^2 */
    int64_t n_targets; /* rows that counted */
    int64_t n_correct; /* rows whose largest logit is the label's */
    /* The loss of a model that knows nothing, if it depends on the targets;
     * else 0. */
    double uninformed;
} sidle_loss;

/**
 * Loss of each row with label >= 0, and the part of its softmax that the
 * gradient needs.
 * Shapes:  logits (rows, V); label (rows), below 0: does not count; softmax (2,
 *          rows): the largest logit, and the sum of exp(logit - largest),
 *          separately, since log Z has no digits for the sum if logits are
 *          large.
 * Source:  google-research/perceiver-ar, losses: CE + z_loss (log Z)^2.
 */
void sidle_xent(ptrdiff_t rows, ptrdiff_t V, const sidle_real *logits,
                const int32_t *label, sidle_real *softmax, sidle_loss *loss);

/**
 * dlogits = weight * ((1 + 2 z_loss log Z) softmax - one_hot(label)); rows that
 * do not count give zero, rows whose loss is not finite give NaN, so that a
 * loss that is not finite shows in every gradient. logits and dlogits may be
 * the same.
 */
void sidle_xent_grad(ptrdiff_t rows, ptrdiff_t V, const sidle_real *logits,
                     const int32_t *label, const sidle_real *softmax,
                     double weight, double z_loss, sidle_real *dlogits);

#ifdef __cplusplus
}
#endif

#endif

/* xent.c - softmax cross-entropy of rows of logits, with its gradient. */
#include "math/xent.h"

#include "base/status.h"
#include "math/vector.h"

#include <tgmath.h>

/* The exponentials of a row are only summed: they pass through a small buffer.
 */
#define CHUNK 512

static double sum_exp(ptrdiff_t n, const sidle_real *x, sidle_real largest)
{
    sidle_real e[CHUNK];
    double sum = 0.0;

    for (ptrdiff_t i = 0; i < n; i += CHUNK)
        sum += (double)sidle_exp_sum(n - i < CHUNK ? n - i : CHUNK, x + i,
                                     largest, e);
    return sum;
}

/* The first of the largest logits is the prediction, so that a row of equal
 * logits is not a hit for every label. */
static int is_prediction(ptrdiff_t V, const sidle_real *logits, int32_t label)
{
    sidle_real x = logits[label];

    return sidle_max(label, logits) < x && sidle_max(V, logits) <= x;
}

void sidle_xent(ptrdiff_t rows, ptrdiff_t V, const sidle_real *logits,
                const int32_t *label, sidle_real *softmax, sidle_loss *loss)
{
    for (ptrdiff_t r = 0; r < rows; r++, logits += V) {
        sidle_real largest;
        double sum, z;

        softmax[r] = softmax[rows + r] = 0;
        if (label[r] < 0)
            continue;
        SIDLE_CHECK(label[r] < V, "label %d of %td classes", label[r], V);
        largest = sidle_max(V, logits);
        sum = sum_exp(V, logits, largest);
        z = (double)largest + log(sum);
        softmax[r] = largest;
        softmax[rows + r] = (sidle_real)sum;
        loss->sum += z - (double)logits[label[r]];
        loss->z += z * z;
        loss->n_targets++;
        loss->n_correct += is_prediction(V, logits, label[r]);
    }
}

void sidle_xent_grad(ptrdiff_t rows, ptrdiff_t V, const sidle_real *logits,
                     const int32_t *label, const sidle_real *softmax,
                     double weight, double z_loss, sidle_real *dlogits)
{
    for (ptrdiff_t r = 0; r < rows; r++, logits += V, dlogits += V) {
        double sum = (double)softmax[rows + r], z, scale;

        if (label[r] < 0) {
            sidle_fill(V, 0, dlogits);
            continue;
        }
        z = (double)softmax[r] + log(sum);
        scale = weight * (1.0 + 2.0 * z_loss * z) / sum;
        if (!isfinite(z - (double)logits[label[r]]))
            scale = (double)NAN;
        sidle_exp_shifted(V, logits, softmax[r], dlogits);
        sidle_scale(V, (sidle_real)scale, dlogits);
        dlogits[label[r]] -= (sidle_real)weight;
    }
}

/* scores.c - log-probabilities of classes, from the input of the loss. */
#include "model/scores.h"

#include "math/vector.h"

#include <math.h>
#include <string.h>

size_t sidle_scores_bytes(ptrdiff_t rows, ptrdiff_t classes)
{
    return (size_t)rows * (sizeof(int64_t) + sizeof(int32_t) +
                           (size_t)classes * sizeof(sidle_real)) +
           sizeof(int64_t); /* for the alignment of the reals */
}

sidle_scores sidle_scores_at(void *memory, ptrdiff_t rows, ptrdiff_t classes)
{
    int64_t *clip = memory, *log_p = clip + rows + (rows + 1) / 2;

    return (sidle_scores){.rows = rows,
                          .classes = classes,
                          .clip = clip,
                          .label = (int32_t *)(clip + rows),
                          .log_p = (sidle_real *)log_p};
}

static void log_softmax(ptrdiff_t n, const sidle_real *x, sidle_real *out)
{
    double largest = (double)sidle_max(n, x), sum = 0.0;

    for (ptrdiff_t i = 0; i < n; i++)
        sum += exp((double)x[i] - largest);
    for (ptrdiff_t i = 0; i < n; i++)
        out[i] = (sidle_real)((double)x[i] - largest - log(sum));
}

void sidle_scores_fill(const sidle_block *block, int slot, sidle_scores *scores)
{
    const sidle_layer *loss = sidle_model_loss(block->model);
    const sidle_item *item = &block->slots[slot].item;
    const int32_t *label = sidle_layer_field(loss, item, 0);
    const sidle_real *x = sidle_block_outputs(block, slot);
    ptrdiff_t n = scores->classes;

    SIDLE_ASSERT(n == loss->classes && scores->rows == block->rows);
    for (ptrdiff_t b = 0; b < scores->rows; b++) {
        int has_target = item->scored[b] > 0 && label[b] >= 0;

        scores->clip[b] = item->length[b] > 0 ? item->clip[b] : -1;
        scores->label[b] = has_target ? label[b] : -1;
        if (has_target)
            log_softmax(n, x + b * n, scores->log_p + b * n);
        else
            memset(scores->log_p + b * n, 0, (size_t)n * sizeof(*x));
    }
}

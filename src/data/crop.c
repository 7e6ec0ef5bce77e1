/* crop.c - one row of a batch. */
#include "data/crop.h"

#include <string.h>

sidle_crop sidle_crop_before(int64_t document, int64_t first, int64_t end,
                             ptrdiff_t context, int64_t scored)
{
    int64_t n = sidle_smaller(end - first, context + 1);

    return (sidle_crop){document, end - n, n, scored};
}

void sidle_crop_put(const sidle_corpus *corpus, const sidle_crop *crop,
                    ptrdiff_t latents, sidle_batch *out, ptrdiff_t row)
{
    int64_t length = crop->n > 0 ? crop->n - 1 : 0;
    /* Every id inside a document is above 0, so every label counts. */
    int64_t n = sidle_smaller(length, sidle_smaller(latents, crop->scored));

    out->n_all += n;
    if (row < 0 || row >= out->rows)
        return;
    out->n_counted += n;
    if (out->length != NULL)
        out->length[row] = (int32_t)length;
    if (out->scored != NULL)
        out->scored[row] = (int32_t)crop->scored;
    if (out->tokens != NULL) {
        int32_t *tokens = out->tokens + row * out->width;

        if (crop->n > 0)
            sidle_corpus_copy(corpus, crop->document, crop->from, crop->n,
                              tokens);
        memset(tokens + crop->n, 0,
               (size_t)(out->width - crop->n) * sizeof(*tokens));
    }
}

int64_t sidle_crop_windows(int64_t length, int64_t stride)
{
    return length < 2 ? 0 : (length - 1 + stride - 1) / stride;
}

int64_t sidle_crop_find(const int64_t *sums, int64_t n, int64_t at)
{
    int64_t low = 0, high = n;

    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;

        if (sums[middle] <= at)
            low = middle;
        else
            high = middle;
    }
    return low;
}

sidle_status sidle_crop_check(const sidle_corpus *corpus)
{
    int is_text = corpus->offsets == NULL;

    if (is_text && corpus->n_documents > 0 && corpus->n_bytes > 0)
        return SIDLE_OK;
    if (is_text)
        return sidle_fail(SIDLE_EDATA, "the text is empty: it needs at least "
                                       "one byte");
    for (int64_t i = 0; i < corpus->n_documents; i++)
        if (sidle_corpus_length(corpus, i) >= 2)
            return SIDLE_OK;
    if (corpus->n_documents == 1)
        return sidle_fail(SIDLE_EDATA, "the only document has no target: it "
                                       "needs at least 2 tokens");
    return sidle_fail(SIDLE_EDATA,
                      "none of %lld documents has a target: a document needs "
                      "at least 2 tokens",
                      (long long)corpus->n_documents);
}

/* crop.c - one row of a batch. */
#include "data/crop.h"
#include "base/number.h"

#include <string.h>

sidle_crop sidle_crop_before(int64_t document, int64_t first, int64_t end,
                             ptrdiff_t context, int64_t scored)
{
    int64_t n = sidle_smaller(end - first, context + 1);

    return (sidle_crop){document, end - n, n, scored};
}

sidle_field sidle_crop_field(ptrdiff_t context)
{
    return (sidle_field){"tokens", 'i', {1, {context + 1}}};
}

static void write_tokens(const sidle_corpus *corpus, const sidle_crop *crop,
                         ptrdiff_t width, int32_t *out)
{
    if (crop->n > 0)
        sidle_corpus_copy(corpus, crop->document, crop->from, crop->n, out);
    memset(out + crop->n, 0, (size_t)(width - crop->n) * sizeof(*out));
}

sidle_row sidle_crop_put(const sidle_corpus *corpus, const sidle_crop *crop,
                         ptrdiff_t context, ptrdiff_t latents, sidle_batch *out,
                         ptrdiff_t row)
{
    int64_t length = crop->n > 0 ? crop->n - 1 : 0;
    int32_t *tokens = out->fields[0];

    if (row >= 0 && tokens != NULL)
        write_tokens(corpus, crop, context + 1, tokens + row * (context + 1));
    /* Every id inside a document is above 0, so every label counts. */
    return (sidle_row){.length = length,
                       .scored = crop->scored,
                       .n_targets = sidle_smaller(
                           length, sidle_smaller(latents, crop->scored))};
}

int64_t sidle_crop_windows(int64_t length, int64_t stride)
{
    return length < 2 ? 0 : (length - 1 + stride - 1) / stride;
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

/* windows.c - evaluation items: every target of every document once. */
#include "data/crop.h"

#include <stdlib.h>

typedef struct windows {
    const sidle_corpus *corpus;
    ptrdiff_t context, latents, rows;
    int64_t stride;
    int64_t n_windows; /* that are evaluated, from the first one */
    int64_t *first;    /* (n_documents + 1) windows before each document */
} windows;

static sidle_crop window_at(const windows *self, int64_t number)
{
    int64_t n_documents = self->corpus->n_documents, document, inputs, later;
    int64_t end, scored;

    if (number >= self->n_windows)
        return (sidle_crop){0, 0, 0, 0};
    document = sidle_crop_find(self->first, n_documents, number);
    inputs = sidle_corpus_length(self->corpus, document) - 1;
    later = self->first[document + 1] - 1 - number;
    end = inputs - later * self->stride;
    scored = end < self->stride ? end : self->stride;
    return sidle_crop_before(document, 0, end + 1, self->context, scored);
}

static void windows_batch(const sidle_source *source, int64_t item,
                          sidle_batch *out)
{
    const windows *self = source->self;

    SIDLE_ASSERT(out->rows == self->rows && out->width == self->context + 1);
    out->n_counted = 0;
    for (ptrdiff_t row = 0; row < self->rows; row++) {
        sidle_crop crop = window_at(self, (item - 1) * self->rows + row);

        sidle_crop_put(self->corpus, &crop, self->latents, out, row);
        if (out->clip != NULL)
            out->clip[row] = 0;
    }
}

static void windows_done(sidle_source *source)
{
    windows *self = source->self;

    free(self->first);
    free(self);
}

static void count_windows(windows *self)
{
    int64_t n = self->corpus->n_documents;

    self->first[0] = 0;
    for (int64_t i = 0; i < n; i++)
        self->first[i + 1] =
            self->first[i] +
            sidle_crop_windows(sidle_corpus_length(self->corpus, i),
                               self->stride);
}

static windows *windows_new(const sidle_corpus *corpus)
{
    windows *self = calloc(1, sizeof(*self));
    int64_t *first = malloc(((size_t)corpus->n_documents + 1) * sizeof(*first));

    if (self == NULL || first == NULL) {
        free(self);
        free(first);
        return NULL;
    }
    self->corpus = corpus;
    self->first = first;
    return self;
}

sidle_status sidle_windows_source(const sidle_corpus *corpus, ptrdiff_t context,
                                  ptrdiff_t latents, ptrdiff_t rows,
                                  int64_t stride, int64_t most,
                                  sidle_source *source)
{
    windows *self;
    int64_t n_windows;

    if (stride > latents)
        return sidle_fail(SIDLE_EUSAGE,
                          "eval.stride is %lld, but a window scores no more "
                          "than model.latents, %td; make it smaller",
                          (long long)stride, latents);
    SIDLE_TRY(sidle_crop_check(corpus));
    self = windows_new(corpus);
    if (self == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "out of memory for %lld documents",
                          (long long)corpus->n_documents);
    self->context = context;
    self->latents = latents;
    self->rows = rows;
    self->stride = stride > 0 ? stride : latents;
    count_windows(self);
    n_windows = self->first[corpus->n_documents];
    self->n_windows = most > 0 && most < n_windows ? most : n_windows;
    *source = (sidle_source){
        .batch = windows_batch,
        .done = windows_done,
        .n_items = (self->n_windows + rows - 1) / rows,
        .self = self,
    };
    return SIDLE_OK;
}

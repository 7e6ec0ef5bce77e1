/* windows.c - evaluation items: every target of every document once. */
#include "data/crop.h"

#include <stdlib.h>

typedef struct windows {
    sidle_windows config; /* stride resolved */
    int64_t n_windows;    /* that are evaluated, from the first one */
    int64_t *first;       /* (n_documents + 1) windows before each document */
} windows;

static sidle_crop window_at(const windows *self, int64_t number)
{
    const sidle_windows *c = &self->config;
    int64_t document, inputs, later, end, scored;

    if (number >= self->n_windows)
        return (sidle_crop){0, 0, 0, 0};
    document = sidle_crop_find(self->first, c->corpus->n_documents, number);
    inputs = sidle_corpus_length(c->corpus, document) - 1;
    later = self->first[document + 1] - 1 - number;
    end = inputs - later * c->stride;
    scored = end < c->stride ? end : c->stride;
    return sidle_crop_before(document, 0, end + 1, c->context, scored);
}

static void windows_batch(const sidle_source *source, int64_t item,
                          sidle_batch *out)
{
    const windows *self = source->self;
    const sidle_windows *c = &self->config;

    SIDLE_ASSERT(out->rows == c->rows && out->width == c->context + 1);
    out->n_counted = out->n_all = 0;
    for (ptrdiff_t number = 0; number < c->all_rows; number++) {
        ptrdiff_t row = number - c->first_row;
        sidle_crop crop = window_at(self, (item - 1) * c->all_rows + number);

        sidle_crop_put(c->corpus, &crop, c->latents, out, row);
        if (out->clip != NULL && row >= 0 && row < c->rows)
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
    const sidle_corpus *corpus = self->config.corpus;
    int64_t n = corpus->n_documents, most = self->config.most;

    self->first[0] = 0;
    for (int64_t i = 0; i < n; i++)
        self->first[i + 1] =
            self->first[i] + sidle_crop_windows(sidle_corpus_length(corpus, i),
                                                self->config.stride);
    self->n_windows = self->first[n];
    if (most > 0 && most < self->n_windows)
        self->n_windows = most;
}

static windows *windows_new(const sidle_windows *config)
{
    size_t n = (size_t)config->corpus->n_documents + 1;
    windows *self = calloc(1, sizeof(*self));
    int64_t *first = malloc(n * sizeof(*first));

    if (self == NULL || first == NULL) {
        free(self);
        free(first);
        return NULL;
    }
    self->config = *config;
    if (self->config.stride == 0)
        self->config.stride = config->latents;
    self->first = first;
    return self;
}

sidle_status sidle_windows_source(const sidle_windows *config,
                                  sidle_source *source)
{
    windows *self;

    if (config->stride > config->latents)
        return sidle_fail(SIDLE_EUSAGE,
                          "eval.stride is %lld, but a window scores no more "
                          "than model.latents, %td; make it smaller",
                          (long long)config->stride, config->latents);
    SIDLE_TRY(sidle_crop_check(config->corpus));
    self = windows_new(config);
    if (self == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "out of memory for %lld documents",
                          (long long)config->corpus->n_documents);
    count_windows(self);
    *source = (sidle_source){
        .batch = windows_batch,
        .done = windows_done,
        .n_items = (self->n_windows + config->all_rows - 1) / config->all_rows,
        .self = self,
    };
    return SIDLE_OK;
}

/* windows.c - evaluation items: every target of every document once. */
#include "data/windows.h"

#include "data/crop.h"
#include "data/walk.h"

#include "base/number.h"

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
    document = sidle_walk_find(self->first, c->corpus->n_documents, number);
    inputs = sidle_corpus_length(c->corpus, document) - 1;
    /* Windows are laid from the document's end: the first one has the rest. */
    later = self->first[document + 1] - 1 - number;
    end = inputs - later * c->stride;
    scored = sidle_smaller(end, c->stride);
    return sidle_crop_before(document, 0, end + 1, c->context, scored);
}

static sidle_row put_window(const void *context, int64_t item, ptrdiff_t number,
                            sidle_batch *out, ptrdiff_t row)
{
    const windows *self = context;
    const sidle_windows *c = &self->config;
    sidle_crop crop =
        window_at(self, sidle_rows_number(&c->rows, item, number));

    return sidle_crop_put(c->corpus, &crop, c->context, c->latents, out, row);
}

static void windows_batch(const sidle_source *source, int64_t item,
                          sidle_batch *out)
{
    const windows *self = source->self;

    sidle_rows_put(&self->config.rows, put_window, self, item, out);
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
        .n_fields = 1,
        .fields = {sidle_crop_field(config->context)},
        .batch = windows_batch,
        .done = windows_done,
        .n_items = (self->n_windows + config->rows.all - 1) / config->rows.all,
        .self = self,
    };
    return SIDLE_OK;
}

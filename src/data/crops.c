/* crops.c - training items: crops in shuffled, sequential or stream order. */
#include "data/crops.h"

#include "base/number.h"
#include "base/rng.h"
#include "data/stream.h"

#include <stdlib.h>

typedef struct crops {
    sidle_crops config;
    sidle_rng documents, ends; /* SHUFFLE */
    int64_t n_sequences;       /* SEQUENTIAL */
    sidle_stream stream;       /* STREAM */
} crops;

static sidle_crop shuffled_crop(const crops *self, int64_t number)
{
    const sidle_crops *c = &self->config;
    uint64_t index = (uint64_t)number;
    int64_t document = (int64_t)sidle_rng_below(
        self->documents, index, (uint64_t)c->corpus->n_documents);
    int64_t length = sidle_corpus_length(c->corpus, document);
    /* As many targets as a crop can score, where the document has them. */
    int64_t first_end =
        sidle_smaller(sidle_smaller(c->context, c->latents) + 1, length);
    int64_t end = first_end +
                  (int64_t)sidle_rng_below(self->ends, index,
                                           (uint64_t)(length - first_end + 1));

    return sidle_crop_before(document, 0, end, c->context, c->latents);
}

static sidle_crop sequential_crop(const crops *self, int64_t number)
{
    const sidle_crops *c = &self->config;
    int64_t sequence = number % self->n_sequences;
    int64_t document = c->corpus->offsets == NULL ? 0 : sequence;
    int64_t end = sidle_corpus_length(c->corpus, document);

    if (c->corpus->offsets == NULL)
        end = sidle_smaller((sequence + 1) * c->latents + 1, end);
    return sidle_crop_before(document, 0, end, c->context, c->latents);
}

static sidle_crop numbered_crop(const crops *self, int64_t number)
{
    return self->config.order == SIDLE_SHUFFLE ? shuffled_crop(self, number)
                                               : sequential_crop(self, number);
}

/* Of a row of all replicas. */
static sidle_crop crop_of(const crops *self, int64_t item, ptrdiff_t row,
                          int64_t *clip)
{
    if (self->config.order == SIDLE_STREAM)
        return sidle_stream_crop(&self->stream, item, row, clip);
    *clip = 0;
    return numbered_crop(self,
                         sidle_rows_number(&self->config.rows, item, row));
}

static sidle_row put_crop(const void *context, int64_t item, ptrdiff_t number,
                          sidle_batch *out, ptrdiff_t row)
{
    const crops *self = context;
    int64_t clip;
    sidle_crop crop = crop_of(self, item, number, &clip);
    const sidle_crops *c = &self->config;
    sidle_row r =
        sidle_crop_put(c->corpus, &crop, c->context, c->latents, out, row);

    r.clip = clip;
    return r;
}

static void crops_batch(const sidle_source *source, int64_t item,
                        sidle_batch *out)
{
    const crops *self = source->self;

    sidle_rows_put(&self->config.rows, put_crop, self, item, out);
}

static void crops_clips(const sidle_source *source, int64_t item, int64_t *clip)
{
    const crops *self = source->self;

    sidle_walk_clips(&self->stream.walk, item, clip);
}

static int crops_counts(const sidle_source *source, int64_t item)
{
    const crops *self = source->self;
    const sidle_rows *rows = &self->config.rows;

    for (ptrdiff_t row = 0; row < rows->all; row++)
        if (numbered_crop(self, sidle_rows_number(rows, item, row)).n > 1)
            return 1;
    return 0;
}

/* Whether an item may be without a target: a stream passes over documents that
 * have none, a crop of any other order may be one of them. */
static int has_gaps(const sidle_crops *config)
{
    const sidle_corpus *corpus = config->corpus;

    if (config->order == SIDLE_STREAM)
        return 0;
    for (int64_t i = 0; i < corpus->n_documents; i++)
        if (sidle_corpus_length(corpus, i) < 2)
            return 1;
    return 0;
}

static void crops_done(sidle_source *source)
{
    crops *self = source->self;

    sidle_stream_done(&self->stream);
    free(self);
}

static int64_t count_sequences(const sidle_crops *config)
{
    const sidle_corpus *corpus = config->corpus;

    if (corpus->offsets != NULL)
        return corpus->n_documents;
    return sidle_crop_windows(sidle_corpus_length(corpus, 0), config->latents);
}

static sidle_status crops_init(crops *self, const sidle_crops *config)
{
    *self = (crops){
        .config = *config,
        .documents = {config->seed, sidle_rng_stream("data", 0)},
        .ends = {config->seed, sidle_rng_stream("data", 1)},
        .n_sequences = count_sequences(config),
    };
    if (config->order != SIDLE_STREAM)
        return SIDLE_OK;
    self->stream = (sidle_stream){
        .corpus = config->corpus,
        .all_rows = config->rows.all,
        .context = config->context,
        .scored = config->latents,
        .stride = config->stride > 0 ? config->stride : config->latents};
    return sidle_stream_init(&self->stream);
}

sidle_status sidle_crops_source(const sidle_crops *config, sidle_source *source)
{
    crops *self;
    sidle_status status;

    SIDLE_TRY(sidle_crop_check(config->corpus));
    self = malloc(sizeof(*self));
    if (self == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "out of memory for a data source");
    status = crops_init(self, config);
    if (status != SIDLE_OK) {
        free(self);
        return status;
    }
    *source = (sidle_source){
        .n_fields = 1,
        .fields = {sidle_crop_field(config->context)},
        .batch = crops_batch,
        .clips = config->order == SIDLE_STREAM ? crops_clips : NULL,
        .counts = has_gaps(config) ? crops_counts : NULL,
        .done = crops_done,
        .n_items = INT64_MAX,
        .self = self,
    };
    return SIDLE_OK;
}

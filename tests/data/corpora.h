/* corpora.h - small corpora for tests, and room for their batches. */
#ifndef SIDLE_TESTS_CORPORA_H
#define SIDLE_TESTS_CORPORA_H

#include "check.h"

#include "data/corpus.h"
#include "data/source.h"

#include <string.h>

#define CORPUS_MAX_TOKENS 4096
#define CORPUS_MAX_DOCUMENTS 64
#define BATCH_MAX_ROWS 16
#define BATCH_MAX_WIDTH 64

typedef struct documents {
    int32_t tokens[CORPUS_MAX_TOKENS];
    int64_t offsets[CORPUS_MAX_DOCUMENTS + 1];
    sidle_corpus corpus;
} documents;

/* Documents of the given lengths; ids count up from 1, so that a token tells
 * where it stands. */
static inline void documents_make(documents *d, const int64_t *lengths,
                                  int64_t n)
{
    d->offsets[0] = 0;
    for (int64_t i = 0; i < n; i++)
        d->offsets[i + 1] = d->offsets[i] + lengths[i];
    assert_true(d->offsets[n] <= CORPUS_MAX_TOKENS);
    for (int32_t i = 0; i < d->offsets[n]; i++)
        d->tokens[i] = i + 1;
    d->corpus = (sidle_corpus){
        .tokens = d->tokens, .offsets = d->offsets, .n_documents = n};
}

/* n documents of 0 to `longest` tokens. */
static inline void documents_random(documents *d, int64_t n, uint64_t longest,
                                    uint64_t seed)
{
    int64_t lengths[CORPUS_MAX_DOCUMENTS];
    sidle_rng rng = {seed, sidle_rng_stream("lengths", 0)};

    for (int64_t i = 0; i < n; i++)
        lengths[i] = (int64_t)sidle_rng_below(rng, (uint64_t)i, longest + 1);
    documents_make(d, lengths, n);
}

static inline sidle_corpus text_of(const unsigned char *bytes, int64_t n)
{
    return (sidle_corpus){.bytes = bytes, .n_bytes = n, .n_documents = 1};
}

/* A text of random bytes. */
static inline sidle_corpus text_random(unsigned char *bytes, int64_t n,
                                       uint64_t seed)
{
    sidle_rng rng = {seed, sidle_rng_stream("bytes", 0)};

    for (int64_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)sidle_rng_below(rng, (uint64_t)i, 256);
    return text_of(bytes, n);
}

typedef struct item_rows {
    int32_t tokens[BATCH_MAX_ROWS * BATCH_MAX_WIDTH];
    int32_t length[BATCH_MAX_ROWS], scored[BATCH_MAX_ROWS];
    int64_t clip[BATCH_MAX_ROWS];
    ptrdiff_t width;
    sidle_batch batch;
} item_rows;

/* Ask for an item, in memory that held something else before. */
static inline void item_fetch(item_rows *rows, const sidle_source *source,
                              ptrdiff_t n_rows, ptrdiff_t width, int64_t item)
{
    assert_true(n_rows <= BATCH_MAX_ROWS && width <= BATCH_MAX_WIDTH);
    memset(rows, 0x5a, sizeof(*rows));
    rows->width = width;
    rows->batch = (sidle_batch){.rows = n_rows,
                                .fields = {rows->tokens},
                                .length = rows->length,
                                .scored = rows->scored,
                                .clip = rows->clip,
                                .n_counted = -1};
    sidle_source_fill(source, item, &rows->batch);
}

/* A row holds tokens [from, end) of a document, padded with 0. */
static inline void check_row(const item_rows *rows, ptrdiff_t row,
                             const sidle_corpus *corpus, int64_t document,
                             int64_t from, int64_t end)
{
    const int32_t *got = rows->tokens + row * rows->width;
    int32_t expected[BATCH_MAX_WIDTH] = {0};

    if (end > from)
        sidle_corpus_copy(corpus, document, from, end - from, expected);
    assert_memory_equal(got, expected, (size_t)rows->width * sizeof(*got));
    assert_int_equal(rows->length[row], end - from > 1 ? end - from - 1 : 0);
}

/* n_counted is what a loss would count: labels above 0 within `scored`. */
static inline void check_counted(const item_rows *rows, ptrdiff_t latents)
{
    int64_t counted = 0;

    for (ptrdiff_t row = 0; row < rows->batch.rows; row++) {
        const int32_t *tokens = rows->tokens + row * rows->width;

        for (ptrdiff_t i = 0; i < latents; i++) {
            ptrdiff_t place = rows->length[row] - latents + i;

            counted += place >= 0 && latents - i <= rows->scored[row] &&
                       tokens[place + 1] > 0;
        }
    }
    assert_int_equal(rows->batch.n_counted, counted);
}

#endif

/* stream.c - documents, or pieces of a text, as clips that rows walk through.
 */
#include "data/stream.h"
#include "base/number.h"

typedef struct span {
    int64_t document, first, length; /* tokens */
} span;

static span span_of(const sidle_stream *stream, int64_t clip)
{
    const sidle_corpus *corpus = stream->corpus;
    int64_t pieces = stream->all_rows, n_targets, first, last;

    if (corpus->offsets != NULL)
        return (span){clip, 0, sidle_corpus_length(corpus, clip)};
    /* Pieces share the token between them: a last label, a first input. */
    n_targets = sidle_corpus_length(corpus, 0) - 1;
    /* n_targets * clip / pieces, in an order in which no product overflows. */
    first = n_targets / pieces * clip + n_targets % pieces * clip / pieces;
    last = n_targets / pieces * (clip + 1) +
           n_targets % pieces * (clip + 1) / pieces;
    return (span){0, first, last - first + 1};
}

static int64_t count_steps(const void *context, int64_t clip)
{
    const sidle_stream *stream = context;

    return sidle_crop_windows(span_of(stream, clip).length, stream->stride);
}

sidle_status sidle_stream_init(sidle_stream *stream)
{
    const sidle_corpus *corpus = stream->corpus;
    int is_text = corpus->offsets == NULL;

    return sidle_walk_init(&stream->walk,
                           is_text ? stream->all_rows : corpus->n_documents,
                           stream->all_rows, count_steps, stream);
}

void sidle_stream_done(sidle_stream *stream)
{
    sidle_walk_done(&stream->walk);
}

sidle_crop sidle_stream_crop(const sidle_stream *stream, int64_t item,
                             ptrdiff_t row, int64_t *clip)
{
    sidle_stand at = sidle_walk_at(&stream->walk, item, row);
    int64_t end;
    span where;

    *clip = at.left;
    if (at.clip < 0) /* none of the row's clips has a target */
        return (sidle_crop){0, 0, 0, 0};
    where = span_of(stream, at.clip);
    end = (at.step + 1) * stream->stride + 1;
    return sidle_crop_before(where.document, where.first,
                             where.first + sidle_smaller(end, where.length),
                             stream->context, stream->scored);
}

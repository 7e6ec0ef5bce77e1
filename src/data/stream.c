/* stream.c - the clips that each row of a stream goes through. */
#include "data/stream.h"

#include <stdlib.h>
#include <string.h>

typedef struct span {
    int64_t document, first, length; /* tokens */
} span;

static span span_of(const sidle_stream *stream, int64_t clip)
{
    const sidle_corpus *corpus = stream->crops.corpus;
    int64_t pieces = stream->crops.all_rows, n_targets, first, last;

    if (corpus->offsets != NULL)
        return (span){clip, 0, sidle_corpus_length(corpus, clip)};
    /* Pieces share the token between them: a last label, a first input. */
    n_targets = sidle_corpus_length(corpus, 0) - 1;
    first = n_targets / pieces * clip + n_targets % pieces * clip / pieces;
    last = n_targets / pieces * (clip + 1) +
           n_targets % pieces * (clip + 1) / pieces;
    return (span){0, first, last - first + 1};
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        int64_t rest = a % b;

        a = b;
        b = rest;
    }
    return a;
}

/* The clip of a visit of a cycle. */
static int64_t clip_of(const sidle_stream *stream, int64_t cycle, int64_t visit)
{
    int64_t step = stream->crops.all_rows % stream->n_clips;

    return (cycle + visit * step) % stream->n_clips;
}

static int64_t cycle_of(const sidle_stream *stream, ptrdiff_t row)
{
    return row % stream->n_cycles;
}

static const int64_t *sums_of(const sidle_stream *stream, int64_t cycle)
{
    return stream->sums + cycle * (stream->cycle_size + 1);
}

static void add_up(sidle_stream *stream)
{
    int64_t *sums = stream->sums;

    for (int64_t cycle = 0; cycle < stream->n_cycles; cycle++) {
        *sums = 0;
        for (int64_t i = 0; i < stream->cycle_size; i++, sums++) {
            span clip = span_of(stream, clip_of(stream, cycle, i));

            sums[1] =
                sums[0] + sidle_crop_windows(clip.length, stream->crops.stride);
        }
        sums++;
    }
}

static void find_begins(sidle_stream *stream)
{
    for (ptrdiff_t row = 0; row < stream->crops.all_rows; row++) {
        int64_t first = row % stream->n_clips;
        int64_t cycle = cycle_of(stream, row), visit = 0;

        while (clip_of(stream, cycle, visit) != first)
            visit++;
        stream->begin[row] = visit;
    }
}

sidle_status sidle_stream_init(sidle_stream *stream, const sidle_crops *crops)
{
    int64_t n_clips = crops->corpus->offsets == NULL
                          ? crops->all_rows
                          : crops->corpus->n_documents;

    *stream = (sidle_stream){.crops = *crops, .n_clips = n_clips};
    if (stream->crops.stride == 0)
        stream->crops.stride = crops->latents;
    stream->n_cycles = common_divisor(n_clips, crops->all_rows);
    stream->cycle_size = n_clips / stream->n_cycles;
    stream->sums =
        malloc((size_t)(n_clips + stream->n_cycles) * sizeof(*stream->sums));
    stream->begin = malloc((size_t)crops->all_rows * sizeof(*stream->begin));
    if (stream->sums == NULL || stream->begin == NULL) {
        sidle_stream_done(stream);
        return sidle_fail(SIDLE_EUSAGE,
                          "no memory for the places of %lld rows in %lld "
                          "clips; make data.batch or parallel.replicas smaller",
                          (long long)crops->all_rows, (long long)n_clips);
    }
    add_up(stream);
    find_begins(stream);
    return SIDLE_OK;
}

void sidle_stream_done(sidle_stream *stream)
{
    free(stream->sums);
    free(stream->begin);
}

sidle_crop sidle_stream_crop(const sidle_stream *stream, int64_t item,
                             ptrdiff_t row, int64_t *clip)
{
    const sidle_crops *crops = &stream->crops;
    int64_t size = stream->cycle_size, cycle = cycle_of(stream, row);
    const int64_t *sums = sums_of(stream, cycle);
    int64_t at = sums[stream->begin[row]] + item - 1, visit, end;
    span where;

    *clip = 0;
    if (sums[size] == 0) /* none of the row's clips has a target */
        return (sidle_crop){0, 0, 0, 0};
    visit = sidle_crop_find(sums, size, at % sums[size]);
    *clip = at / sums[size] * size + visit - stream->begin[row];
    where = span_of(stream, clip_of(stream, cycle, visit));
    end = (at % sums[size] - sums[visit] + 1) * crops->stride + 1;
    return sidle_crop_before(where.document, where.first,
                             where.first + sidle_smaller(end, where.length),
                             crops->context, crops->latents);
}

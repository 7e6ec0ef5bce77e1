/* frames.c - items of single frames, in three orders and for evaluation. */
#include "data/frames.h"

#include "data/sight.h"

#include <stdlib.h>
#include <string.h>

/* In the order of source->fields. */
enum { FRAMES, NEXT, LABEL };

typedef struct frames {
    sidle_sights sights;
    sidle_real scaled[256]; /* what a byte is as input */
    unsigned char *bytes;   /* of one frame */
} frames;

/* ---- the fields of a row */

static void write_frame(const frames *self, int64_t frame, sidle_real *out,
                        ptrdiff_t row)
{
    const sidle_clips *clips = self->sights.config.clips;
    size_t n = sidle_shape_size(&clips->shape);

    if (out == NULL)
        return;
    out += (size_t)row * n;
    if (frame < 0) {
        memset(out, 0, n * sizeof(*out));
        return;
    }
    clips->read(clips, frame, 1, self->bytes);
    for (size_t i = 0; i < n; i++)
        out[i] = self->scaled[self->bytes[i]];
}

static sidle_row put_frame(const void *context, int64_t item, ptrdiff_t number,
                           sidle_batch *out, ptrdiff_t row)
{
    const frames *self = context;
    const sidle_sights *sights = &self->sights;
    sidle_sight s = sidle_sight_of(sights, item, number);
    int has = sidle_sight_has_target(sights, &s);
    int32_t *label = out->fields[LABEL];

    if (row >= 0) {
        write_frame(self, s.frame, out->fields[FRAMES], row);
        write_frame(self, sidle_sight_next(sights, &s), out->fields[NEXT], row);
        if (label != NULL)
            label[row] = sidle_sight_label(sights, &s);
    }
    return (sidle_row){.length = s.frame >= 0,
                       .scored = has,
                       .clip = s.left,
                       .n_targets = has};
}

/* ---- the source */

static void frames_batch(const sidle_source *source, int64_t item,
                         sidle_batch *out)
{
    const frames *self = source->self;

    sidle_rows_put(&self->sights.config.rows, put_frame, self, item, out);
}

static int fetch_frame(const sidle_clips *clips, int64_t frame,
                       const void *field)
{
    return field != NULL && frame >= 0 && clips->fetch(clips, frame);
}

/* A piece at a time: who waits for it may have other work by then. */
static int frames_ahead(const sidle_source *source, int64_t item,
                        const sidle_batch *out)
{
    const frames *self = source->self;
    const sidle_sights *sights = &self->sights;
    const sidle_clips *clips = sights->config.clips;

    for (ptrdiff_t i = 0; clips->fetch != NULL && i < out->rows; i++) {
        sidle_sight s =
            sidle_sight_of(sights, item, sights->config.rows.first + i);

        if (fetch_frame(clips, s.frame, out->fields[FRAMES]) ||
            fetch_frame(clips, sidle_sight_next(sights, &s), out->fields[NEXT]))
            return 1;
    }
    return 0;
}

static void frames_clips(const sidle_source *source, int64_t item,
                         int64_t *clip)
{
    const frames *self = source->self;

    sidle_walk_clips(&self->sights.walk, item, clip);
}

static int frames_counts(const sidle_source *source, int64_t item)
{
    const frames *self = source->self;

    return sidle_sights_count(&self->sights, item);
}

static void frames_done(sidle_source *source)
{
    frames *self = source->self;

    sidle_sights_done(&self->sights);
    free(self->bytes);
    free(self);
}

static void scale_bytes(sidle_real scaled[256])
{
    for (int i = 0; i < 256; i++)
        /* From 0 .. 255 to -1 .. 1. */
        scaled[i] = (sidle_real)(i / 127.5 - 1.0);
}

/* Where rows go on in clips of their own; in other orders they are neighbours,
 * or anywhere. */
static void expect(const sidle_frames *config)
{
    int64_t places = config->order == SIDLE_STREAM ? config->rows.n : 1;

    if (config->clips->expect != NULL)
        config->clips->expect(config->clips,
                              config->scores_next ? 2 * places : places);
}

static sidle_status frames_new(const sidle_clips *clips, frames **self_p)
{
    frames *self = calloc(1, sizeof(*self));

    if (self != NULL)
        self->bytes = malloc(sidle_shape_size(&clips->shape));
    if (self == NULL || self->bytes == NULL) {
        free(self);
        return sidle_fail(SIDLE_EINTERNAL, "out of memory for a data source");
    }
    scale_bytes(self->scaled);
    *self_p = self;
    return SIDLE_OK;
}

static sidle_source source_of(frames *self)
{
    const sidle_sights *sights = &self->sights;
    const sidle_clips *clips = sights->config.clips;
    int is_training = !sights->is_evaluation;

    return (sidle_source){
        .n_fields = sidle_clips_have_labels(clips) ? 3 : 2,
        .fields = {[FRAMES] = {"frames", 'f', clips->shape},
                   [NEXT] = {"next", 'f', clips->shape},
                   [LABEL] = {"label", 'i', {1, {1}}}},
        .batch = frames_batch,
        .ahead = frames_ahead,
        .clips = is_training && sights->config.order == SIDLE_STREAM
                     ? frames_clips
                     : NULL,
        .counts = is_training && sidle_sights_have_gaps(sights) ? frames_counts
                                                                : NULL,
        .done = frames_done,
        .has_clips = !is_training,
        .n_items = is_training ? INT64_MAX : sights->n_items,
        .self = self,
    };
}

/* The source of sights that have been set up, or why they have not. */
static sidle_status finish(frames *self, sidle_status status,
                           sidle_source *source)
{
    sidle_source made = {.self = self};

    if (status == SIDLE_OK)
        *source = source_of(self);
    else
        frames_done(&made);
    return status;
}

sidle_status sidle_frames_source(const sidle_frames *config,
                                 sidle_source *source)
{
    frames *self = NULL;

    SIDLE_TRY(frames_new(config->clips, &self));
    expect(config);
    return finish(self, sidle_sights_train(&self->sights, config), source);
}

sidle_status sidle_every_frame_source(const sidle_frames *config, int64_t most,
                                      sidle_source *source)
{
    frames *self = NULL;

    SIDLE_TRY(frames_new(config->clips, &self));
    return finish(self, sidle_sights_evaluate(&self->sights, config, most),
                  source);
}

/* data_video.c - data.kind video: clips, and single frames of them. */
#include "run/data_kind.h"

#include "base/log.h"
#include "base/text.h"
#include "data/frames.h"
#include "io/video_clips.h"
#include "model/model.h"
#include "run/option_spec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sidle_status open_video(const sidle_options *options, const char *path,
                               const char *key, sidle_part *part)
{
    sidle_video_info info;

    (void)options;
    SIDLE_TRY(sidle_video_clips(path, key, &info, &part->clips));
    part->n = part->clips.n_clips;
    return SIDLE_OK;
}

/* Numbers are sent; frames are read by each rank that wants some. */
static sidle_status share(const sidle_comm *comm, const sidle_options *options,
                          const char *path, const char *key, sidle_part *part)
{
    (void)options;
    SIDLE_TRY(sidle_video_share(comm, path, key, &part->clips));
    part->n = part->clips.n_clips;
    return SIDLE_OK;
}

static void close_video(sidle_part *part)
{
    if (part->clips.done != NULL)
        part->clips.done(&part->clips);
}

static void split(const sidle_part *whole, double fraction, sidle_part *train,
                  sidle_part *valid)
{
    *train = *valid = (sidle_part){0};
    sidle_clips_split(&whole->clips, fraction, &train->clips, &valid->clips);
    train->n = train->clips.n_clips;
    valid->n = valid->clips.n_clips;
}

static sidle_field input(const sidle_part *part)
{
    return (sidle_field){"frames", 'f', part->clips.shape};
}

static int64_t count_classes(const sidle_part *part)
{
    return sidle_clips_classes(&part->clips);
}

/* ---- the target of a frame, as the loss has it */

static sidle_frames frames_of(const sidle_data_view *view)
{
    const sidle_options *options = view->options;
    const sidle_model *model = view->model;

    return (sidle_frames){
        .clips = &view->part->clips,
        .seed = (uint64_t)options->run.seed,
        .rows = view->rows,
        .order = options->data.order,
        .stride = options->data.stride,
        .scores_next =
            sidle_field_find(model->fields, model->n_fields, "next") >= 0,
        .ahead = sidle_option_ahead(options),
    };
}

/* Clips and frames are counted from the file's first. */
static sidle_status fail_label(const sidle_clips *clips, int64_t clip,
                               int64_t frame, int64_t classes)
{
    int32_t label = sidle_clips_label(clips, clip, frame);

    return sidle_fail(SIDLE_EDATA,
                      "'/%s': frame %lld (from 0), of clip %lld, has label %d, "
                      "but the network tells %lld classes apart, 0 to %lld; "
                      "give its last layer (video_cnn: model.classes) %lld "
                      "outputs, or more",
                      clips->frame_labels != NULL ? "frame_labels" : "labels",
                      (long long)frame, (long long)(clips->first + clip),
                      (int)label, (long long)classes, (long long)classes - 1,
                      (long long)label + 1);
}

/* A label that the network has no output for. */
static sidle_status check_labels(const sidle_data_view *view)
{
    const sidle_clips *clips = &view->part->clips;
    int64_t classes = (int64_t)sidle_model_loss(view->model)->classes;

    for (int64_t i = 0; classes > 0 && i < clips->n_clips; i++)
        for (int64_t k = clips->offsets[i]; k < clips->offsets[i + 1]; k++)
            if (sidle_clips_label(clips, i, k) >= classes)
                return fail_label(clips, i, k, classes);
    return SIDLE_OK;
}

static sidle_status train(const sidle_data_view *view, sidle_source *source)
{
    const sidle_frames frames = frames_of(view);

    SIDLE_TRY(check_labels(view));
    return sidle_frames_source(&frames, source);
}

static sidle_status evaluate(const sidle_data_view *view, int64_t most,
                             sidle_source *source)
{
    sidle_frames frames = frames_of(view);

    frames.is_by_clips = view->is_by_clips;
    SIDLE_TRY(check_labels(view));
    return sidle_every_frame_source(&frames, most, source);
}

/* ---- in words */

static int64_t count_frames(const sidle_part *part)
{
    return sidle_clips_frames(&part->clips);
}

static void describe(const sidle_part *part, int is_file, char *out,
                     size_t size)
{
    int64_t n = part->n > 0 ? count_frames(part) : 0;
    const ptrdiff_t *dims = part->clips.shape.dims;
    char shape[96] = "";

    if (is_file)
        snprintf(shape, sizeof(shape), " of %td x %td x %td (Y X C)", dims[0],
                 dims[1], dims[2]);
    snprintf(out, size, "%lld clip%s of %lld frame%s%s", (long long)part->n,
             sidle_plural(part->n), (long long)n, sidle_plural(n), shape);
}

static void warn(const sidle_data_view *view)
{
    int64_t n = count_frames(view->part), rows = view->rows.all;
    int is_stream = view->options->data.order == SIDLE_STREAM;

    if (n < rows)
        sidle_warn("%s has %lld frame%s to train on, fewer than one item needs "
                   "(data.batch: %lld rows): its rows repeat them; use more "
                   "data, or a smaller data.batch",
                   view->options->data.path, (long long)n, sidle_plural(n),
                   (long long)rows);
    else if (is_stream && view->part->n < rows)
        sidle_warn("%s has %lld clip%s to train on, fewer than the %lld rows "
                   "of an item: rows of the stream go through the same clips "
                   "at the same time; use more data, or a smaller data.batch",
                   view->options->data.path, (long long)view->part->n,
                   sidle_plural(view->part->n), (long long)rows);
}

const sidle_data_kind sidle_data_video = {
    .name = "video",
    .unit = "clip",
    .element = "frame",
    .is_for_lists = 1,
    .is_live = 1,
    .open = open_video,
    .close = close_video,
    .share = share,
    .split = split,
    .input = input,
    .classes = count_classes,
    .train = train,
    .evaluate = evaluate,
    .count_targets = count_frames,
    .describe = describe,
    .warn = warn,
};

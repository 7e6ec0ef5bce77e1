/* video_file.c - what a file of clips holds, each number doubted. */
#include "io/video_file.h"

#include "io/data_file.h"
#include "io/h5.h"
#include "io/magic.h"
#include "io/video_scan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What has come of a file. */
typedef struct look {
    sidle_video_info info;
    sidle_offsets offsets;
    int64_t n_labels[2]; /* of the clips, of the frames; -1: not there */
    int32_t *labels[2];
} look;

static sidle_status out_of_turn(void)
{
    return sidle_fail(SIDLE_EDATA, "what its reader sent makes no sense");
}

static sidle_status check_count(const char *name, int64_t n, int64_t expected,
                                const char *of)
{
    if (n < 0 || n == expected)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EDATA,
                      "'/%s' has %lld labels, expected one for each of the "
                      "%lld %s",
                      name, (long long)n, (long long)expected, of);
}

static sidle_status take_sizes(look *l, const int64_t *piece, int64_t n)
{
    sidle_video_info *info = &l->info;

    if (n != 8 || l->offsets.n != 0 || piece[0] < 0 || piece[4] < 2)
        return out_of_turn();
    info->frames = l->offsets.total = piece[0];
    memcpy(info->shape, piece + 1, sizeof(info->shape));
    l->offsets.n = piece[4];
    info->clips = piece[4] - 1;
    l->n_labels[0] = piece[5];
    l->n_labels[1] = piece[6];
    info->classes = piece[7];
    SIDLE_TRY(check_count("labels", piece[5], info->clips, "clips"));
    return check_count("frame_labels", piece[6], info->frames, "frames");
}

static sidle_status take_label(const look *l, int which, int64_t label,
                               sidle_labels *labels)
{
    int64_t end =
        l->info.classes > 0 ? l->info.classes : (int64_t)INT32_MAX + 1;

    if (label < -1 || label >= end)
        return sidle_fail(
            SIDLE_EDATA,
            "'%s' has label %lld at %s %lld (from 0), expected "
            "-1 (none) or 0 to %s%lld",
            which == 0 ? "/labels" : "/frame_labels", (long long)label,
            which == 0 ? "clip" : "frame", (long long)labels->n,
            l->info.classes > 0 ? "classes - 1, " : "", (long long)end - 1);
    labels->n++;
    if (label < 0) {
        labels->none++;
        return SIDLE_OK;
    }
    if (labels->n - labels->none == 1)
        labels->least = labels->most = label;
    labels->least = label < labels->least ? label : labels->least;
    labels->most = label > labels->most ? label : labels->most;
    return SIDLE_OK;
}

static sidle_status take_labels(look *l, int which, const int64_t *piece,
                                int64_t n)
{
    sidle_labels *labels = which == 0 ? &l->info.labels : &l->info.frame_labels;

    if (n < 1 || n > l->n_labels[which] - labels->n)
        return out_of_turn();
    l->labels[which] =
        sidle_offsets_room(l->labels[which], labels->n, n, l->n_labels[which],
                           sizeof(*l->labels[which]));
    for (int64_t i = 0; i < n; i++) {
        SIDLE_TRY(take_label(l, which, piece[i], labels));
        l->labels[which][labels->n - 1] = (int32_t)piece[i];
    }
    return SIDLE_OK;
}

static sidle_status take_frame(void *context, int kind, const int64_t *piece,
                               int64_t n)
{
    look *l = context;

    switch (kind) {
    case SIDLE_VIDEO_SIZES:
        return take_sizes(l, piece, n);
    case SIDLE_VIDEO_FPS:
        if (n != 1)
            return out_of_turn();
        memcpy(&l->info.fps, piece, sizeof(l->info.fps));
        return SIDLE_OK;
    case SIDLE_VIDEO_OFFSETS:
        if (n < 1 || n > l->offsets.n - l->offsets.come)
            return out_of_turn();
        return sidle_offsets_take(&l->offsets, piece, n);
    case SIDLE_VIDEO_LABELS:
        return take_labels(l, 0, piece, n);
    case SIDLE_VIDEO_FRAME_LABELS:
        return take_labels(l, 1, piece, n);
    default:
        return out_of_turn();
    }
}

static int is_whole(const look *l)
{
    const int64_t come[2] = {l->info.labels.n, l->info.frame_labels.n};

    for (int i = 0; i < 2; i++)
        if (l->n_labels[i] > come[i])
            return 0;
    return l->offsets.n > 0 && l->offsets.come == l->offsets.n;
}

/* Something else than HDF5, by its first bytes if these tell. */
static sidle_status fail_foreign(int fd, int64_t size)
{
    sidle_magic magic;

    if (sidle_magic_find(fd, size, &magic))
        sidle_fail(SIDLE_EDATA, "it is %s, not an HDF5 file", magic.name);
    return sidle_fail(SIDLE_EDATA,
                      "%s; docs/data.md says how a video file is made",
                      sidle_fail_text());
}

static sidle_status read_file(int fd, int64_t size, look *l)
{
    const sidle_data_task task = {fd, size};
    sidle_status status = sidle_h5_check_signature(fd);

    if (status == SIDLE_EDATA)
        return fail_foreign(fd, size);
    SIDLE_TRY(status);
    SIDLE_TRY(
        sidle_data_file_hear(&task, sidle_video_say, take_frame, l, NULL));
    return is_whole(l) ? SIDLE_OK : out_of_turn();
}

sidle_status sidle_video_open(const char *path, const char *key,
                              sidle_video *video)
{
    look l = {.offsets = {.unit = "clip", .element = "frame"}};
    sidle_video made = {.fd = -1};
    sidle_status status;

    SIDLE_TRY(sidle_data_file_open(path, key, &made.fd, &made.size));
    status = read_file(made.fd, made.size, &l);
    if (status == SIDLE_OK)
        l.info.lengths = sidle_offsets_lengths(l.offsets.all, l.info.clips);
    made.info = l.info;
    made.offsets = l.offsets.all;
    made.labels = l.labels[0];
    made.frame_labels = l.labels[1];
    if (status == SIDLE_OK) {
        *video = made;
        return SIDLE_OK;
    }
    sidle_video_close(&made);
    return sidle_fail_in(status, "'%s'%s%s%s, read as a video file", path,
                         key != NULL ? " (" : "", key != NULL ? key : "",
                         key != NULL ? ")" : "");
}

void sidle_video_close(sidle_video *video)
{
    if (video->fd >= 0)
        close(video->fd);
    free(video->offsets);
    free(video->labels);
    free(video->frame_labels);
    *video = (sidle_video){.fd = -1};
}

sidle_status sidle_video_look(const char *path, sidle_video_info *info)
{
    sidle_video video;

    SIDLE_TRY(sidle_video_open(path, NULL, &video));
    *info = video.info;
    sidle_video_close(&video);
    return SIDLE_OK;
}

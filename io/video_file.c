/* video_file.c - what a file of clips holds, each number doubted. */
#include "io/video_file.h"

#include "io/data_file.h"
#include "io/h5.h"
#include "io/video_scan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct look {
    sidle_video_info info;
    sidle_offsets offsets;
    int64_t n_labels[2]; /* -1: not there */
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
    if (label < -1 || (l->info.classes > 0 && label >= l->info.classes))
        return sidle_fail(SIDLE_EDATA,
                          "'%s' has label %lld at %s %lld (from 0), expected "
                          "-1 (none) or 0 to %s%lld",
                          which == 0 ? "/labels" : "/frame_labels",
                          (long long)label, which == 0 ? "clip" : "frame",
                          (long long)labels->n,
                          l->info.classes > 0 ? "classes - 1, " : "",
                          l->info.classes > 0 ? (long long)l->info.classes - 1
                                              : (long long)INT32_MAX);
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
    for (int64_t i = 0; i < n; i++)
        SIDLE_TRY(take_label(l, which, piece[i], labels));
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

static sidle_status read_file(int fd, int64_t size, look *l)
{
    const sidle_data_task task = {fd, size};

    SIDLE_TRY(
        sidle_data_file_hear(&task, sidle_video_say, take_frame, l, NULL));
    return l->offsets.n == 0 || l->offsets.come < l->offsets.n ? out_of_turn()
                                                               : SIDLE_OK;
}

sidle_status sidle_video_look(const char *path, sidle_video_info *info)
{
    look l = {.offsets = {.unit = "clip", .element = "frame"}};
    sidle_status st;
    int64_t size;
    int fd;

    SIDLE_TRY(sidle_data_file_open(path, NULL, &fd, &size));
    st = sidle_h5_check_signature(fd);
    if (st == SIDLE_OK)
        st = read_file(fd, size, &l);
    close(fd);
    if (st == SIDLE_OK) {
        l.info.lengths = sidle_offsets_lengths(l.offsets.all, l.info.clips);
        *info = l.info;
    } else {
        sidle_fail_in(st, "'%s', read as a video file", path);
    }
    free(l.offsets.all);
    return st;
}

/* video_clips.c - the clips of a video file, to train on. */
#include "io/video_clips.h"

#include "io/video_frames.h"

#include <stdlib.h>

typedef struct memory {
    sidle_video video;
    sidle_video_frames *frames;
    const char *path;
} memory;

/* Others wait for this item: there is no way back. */
static void read_frames(const sidle_clips *clips, int64_t first, int64_t n,
                        unsigned char *out)
{
    const memory *m = clips->self;

    if (sidle_video_frames_read(m->frames, first, n, out) != SIDLE_OK)
        SIDLE_DIE(SIDLE_EIO, "'%s': frame %lld (from 0) cannot be read: %s",
                  m->path, (long long)first, sidle_fail_text());
}

static void free_memory(memory *m)
{
    sidle_video_frames_close(m->frames);
    sidle_video_close(&m->video);
    free(m);
}

static void free_clips(sidle_clips *clips)
{
    if (clips->self != NULL)
        free_memory(clips->self);
    *clips = (sidle_clips){0};
}

static sidle_clips clips_of(memory *m)
{
    const sidle_video_info *info = &m->video.info;

    return (sidle_clips){
        .n_clips = info->clips,
        .offsets = m->video.offsets,
        .shape = {3, {info->shape[0], info->shape[1], info->shape[2]}},
        .labels = m->video.labels,
        .frame_labels = m->video.frame_labels,
        .read = read_frames,
        .done = free_clips,
        .self = m,
    };
}

sidle_status sidle_video_clips(const char *path, const char *key,
                               sidle_video_info *info, sidle_clips *clips)
{
    memory *m = calloc(1, sizeof(*m));
    sidle_status st;

    SIDLE_CHECK(m != NULL, "out of memory");
    m->path = path;
    m->video.fd = -1;
    st = sidle_video_open(path, key, &m->video);
    if (st == SIDLE_OK) {
        st = sidle_video_frames_open(m->video.fd, m->video.size, &m->frames);
        if (st != SIDLE_OK)
            sidle_fail_in(st, "'%s'", path);
    }
    if (st != SIDLE_OK) {
        free_memory(m);
        return st;
    }
    *info = m->video.info;
    *clips = clips_of(m);
    return SIDLE_OK;
}

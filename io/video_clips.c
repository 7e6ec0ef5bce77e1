/* video_clips.c - the clips of a video file, to train on. */
#include "io/video_clips.h"

#include "io/data_file.h"
#include "io/spread.h"
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

/* What cannot be read is told when its item comes. */
static int fetch(const sidle_clips *clips, int64_t frame)
{
    const memory *m = clips->self;

    return sidle_video_frames_fetch(m->frames, frame);
}

/* With less memory frames are read more often: that is no failure. */
static void expect(const sidle_clips *clips, int64_t n)
{
    const memory *m = clips->self;

    (void)sidle_video_frames_expect(m->frames, n);
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
        .classes = info->classes,
        .read = read_frames,
        .fetch = fetch,
        .expect = expect,
        .done = free_clips,
        .self = m,
    };
}

static memory *memory_new(const char *path)
{
    memory *m = calloc(1, sizeof(*m));

    SIDLE_CHECK(m != NULL, "out of memory");
    m->path = path;
    m->video.fd = -1;
    return m;
}

static sidle_status open_frames(memory *m)
{
    const sidle_video_info *info = &m->video.info;
    const int64_t shape[4] = {info->frames, info->shape[0], info->shape[1],
                              info->shape[2]};
    sidle_status status =
        sidle_video_frames_open(m->video.fd, m->video.size, shape, &m->frames);

    return status == SIDLE_OK ? status : sidle_fail_in(status, "'%s'", m->path);
}

sidle_status sidle_video_clips(const char *path, const char *key,
                               sidle_video_info *info, sidle_clips *clips)
{
    memory *m = memory_new(path);
    sidle_status status = sidle_video_open(path, key, &m->video);

    if (status == SIDLE_OK)
        status = open_frames(m);
    if (status != SIDLE_OK) {
        free_memory(m);
        return status;
    }
    *info = m->video.info;
    *clips = clips_of(m);
    return SIDLE_OK;
}

/* ---- on all ranks */

static void share_array(const sidle_comm *comm, void **array_p, int64_t n,
                        size_t element)
{
    if (n > 0)
        sidle_spread_new(comm, array_p, n * (int64_t)element);
}

static void share_numbers(const sidle_comm *comm, sidle_video *video)
{
    void *offsets = video->offsets, *labels = video->labels;
    void *frame_labels = video->frame_labels;
    const sidle_video_info *info = &video->info;

    sidle_spread(comm, &video->info, sizeof(video->info));
    share_array(comm, &offsets, info->clips + 1, sizeof(*video->offsets));
    share_array(comm, &labels, info->labels.n, sizeof(*video->labels));
    share_array(comm, &frame_labels, info->frame_labels.n,
                sizeof(*video->frame_labels));
    video->offsets = offsets;
    video->labels = labels;
    video->frame_labels = frame_labels;
}

static sidle_status open_here(memory *m, const char *key)
{
    if (sidle_data_file_open(m->path, key, &m->video.fd, &m->video.size) ==
            SIDLE_OK &&
        open_frames(m) == SIDLE_OK)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EIO,
                      "%s; every rank opens a video file: make it visible to "
                      "all of them",
                      sidle_fail_text());
}

sidle_status sidle_video_share(const sidle_comm *comm, const char *path,
                               const char *key, sidle_clips *clips)
{
    memory *m = comm->rank == 0 ? clips->self : memory_new(path);
    sidle_status status = SIDLE_OK;

    share_numbers(comm, &m->video);
    if (comm->rank != 0)
        status = open_here(m, key);
    status = sidle_agree(comm, status);
    if (comm->rank != 0 && status == SIDLE_OK)
        *clips = clips_of(m);
    else if (comm->rank != 0)
        free_memory(m);
    return status;
}

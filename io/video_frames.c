/* video_frames.c - frames of an open video file, in slabs. */
#include "io/video_frames.h"

#include "io/h5.h"
#include "io/h5_column.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB_BYTES = 4 << 20, CACHE_BYTES = 64 << 20, MOST_SLOTS = 256 };

/* A slab in memory. */
typedef struct slot {
    int64_t first; /* frame of it, -1: empty */
    int64_t used;  /* when it was last asked for */
    unsigned char *bytes;
} slot;

struct sidle_video_frames {
    hid_t file;
    sidle_h5_column set;
    int64_t frame; /* bytes of one */
    int64_t slab;  /* frames */
    int64_t time;  /* slabs asked for */
    int n_slots;   /* 0: frames lie in one piece, nothing is kept */
    slot slots[MOST_SLOTS];
    unsigned char *memory;
};

static int64_t within(int64_t n, int64_t least, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

/* Their pages are not touched before a slab is read into them. */
static sidle_status make_slots(sidle_video_frames *f)
{
    int64_t chunk = sidle_h5_column_chunk(&f->set), bytes;

    if (chunk == 0)
        return SIDLE_OK;
    /* A whole chunk, or the largest part of it that may be kept. */
    f->slab = within(chunk, 1, within(SLAB_BYTES / f->frame, 1, INT64_MAX));
    bytes = f->slab * f->frame;
    f->n_slots = (int)within(CACHE_BYTES / bytes, 2, MOST_SLOTS);
    f->memory = malloc((size_t)f->n_slots * (size_t)bytes);
    if (f->memory == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "no memory for %d slabs of frames of %lld bytes",
                          f->n_slots, (long long)bytes);
    for (int i = 0; i < f->n_slots; i++)
        f->slots[i] = (slot){-1, 0, f->memory + i * bytes};
    return SIDLE_OK;
}

static sidle_status open_set(sidle_video_frames *f, int fd, int64_t size,
                             const int64_t shape[4])
{
    SIDLE_TRY(sidle_h5_open_fd(fd, &f->file));
    SIDLE_TRY(sidle_h5_column_open(f->file, "frames", 4, size, &f->set));
    f->frame = 1;
    for (int i = 1; i < 4; i++)
        f->frame *= f->set.dims[i];
    if (memcmp(f->set.dims, shape, sizeof(f->set.dims)) != 0 ||
        !sidle_h5_column_is_bytes(&f->set))
        return sidle_fail(SIDLE_EDATA,
                          "'/frames' is not what it was a moment ago: the file "
                          "was changed, or is another one on this rank");
    return make_slots(f);
}

sidle_status sidle_video_frames_open(int fd, int64_t size,
                                     const int64_t shape[4],
                                     sidle_video_frames **frames_p)
{
    sidle_video_frames *f = calloc(1, sizeof(*f));
    sidle_status status;

    SIDLE_CHECK(f != NULL, "out of memory");
    f->file = f->set.set = f->set.space = -1;
    status = open_set(f, fd, size, shape);
    if (status == SIDLE_OK)
        *frames_p = f;
    else
        sidle_video_frames_close(f);
    return status;
}

static sidle_status load(sidle_video_frames *f, int64_t first, slot *s)
{
    int64_t n = within(f->set.dims[0] - first, 0, f->slab);

    s->first = -1; /* unless all of it comes */
    SIDLE_TRY(sidle_h5_column_read_bytes(&f->set, first, n, s->bytes));
    s->first = first;
    return SIDLE_OK;
}

/* The slab that begins with frame `first`: kept, or read over the one that was
 * not used for the longest time. */
static sidle_status find_slab(sidle_video_frames *f, int64_t first,
                              const slot **slot_p)
{
    slot *s = &f->slots[0];

    for (int i = 0; i < f->n_slots && s->first != first; i++)
        if (f->slots[i].first == first || f->slots[i].used < s->used)
            s = &f->slots[i];
    if (s->first != first)
        SIDLE_TRY(load(f, first, s));
    s->used = ++f->time;
    *slot_p = s;
    return SIDLE_OK;
}

static sidle_status copy_frame(sidle_video_frames *f, int64_t frame,
                               unsigned char *out)
{
    int64_t in_slab = frame % f->slab;
    const slot *s;

    SIDLE_TRY(find_slab(f, frame - in_slab, &s));
    memcpy(out, s->bytes + in_slab * f->frame, (size_t)f->frame);
    return SIDLE_OK;
}

sidle_status sidle_video_frames_read(sidle_video_frames *f, int64_t first,
                                     int64_t n, unsigned char *out)
{
    SIDLE_CHECK(first >= 0 && n >= 0 && n <= f->set.dims[0] - first,
                "frames %lld and %lld more of %lld", (long long)first,
                (long long)n, (long long)f->set.dims[0]);
    if (f->n_slots == 0)
        return sidle_h5_column_read_bytes(&f->set, first, n, out);
    for (int64_t i = 0; i < n; i++)
        SIDLE_TRY(copy_frame(f, first + i, out + i * f->frame));
    return SIDLE_OK;
}

void sidle_video_frames_close(sidle_video_frames *f)
{
    if (f == NULL)
        return;
    sidle_h5_column_close(&f->set);
    if (f->file >= 0)
        H5Fclose(f->file);
    free(f->memory);
    free(f);
}

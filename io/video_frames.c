/* video_frames.c - frames of an open video file, in slabs. */
#include "io/video_frames.h"

#include "io/h5.h"
#include "io/h5_tiles.h"

#include <stdlib.h>
#include <string.h>

enum { KEPT_BYTES = 64 << 20, SLAB_BYTES = 16 << 20, MOST_SLOTS = 256 };
enum { LEAST_SLOTS = 2 };

/* A slab in memory. */
typedef struct slot {
    int64_t first; /* frame of it, -1: empty */
    int64_t used;  /* when it was last asked for */
    unsigned char *bytes;
} slot;

struct sidle_video_frames {
    hid_t file;
    sidle_h5_column set;
    int64_t frame;  /* bytes of one */
    int64_t chunk;  /* frames; 0: they lie in one piece, and nothing is kept */
    int64_t places; /* that are read at the same time */
    int64_t slab;   /* frames */
    int64_t time;   /* slabs asked for */
    int n_slots;    /* in use, of .. */
    int most_slots;
    slot slots[MOST_SLOTS];
    int64_t gone[MOST_SLOTS]; /* slabs that were given up, the newest .. */
    int n_gone;               /* .. at (n_gone - 1) % most_slots */
    unsigned char *memory;
};

static int64_t within(int64_t n, int64_t least, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

/* ---- slots */

/* One slab for each place and one to come, of a whole chunk if that fits, else
 * of an equal part of it. */
static int64_t slab_of(const sidle_video_frames *f)
{
    int64_t bytes = within(KEPT_BYTES / (f->places + 1), f->frame, SLAB_BYTES);
    int64_t most = within(bytes / f->frame, 1, f->chunk);
    int64_t parts = (f->chunk + most - 1) / most;

    return (f->chunk + parts - 1) / parts;
}

/* The first frame of a frame's slab: none crosses the end of a chunk. */
static int64_t slab_at(const sidle_video_frames *f, int64_t frame)
{
    int64_t in_chunk = frame % f->chunk;

    return frame - in_chunk % f->slab;
}

static int64_t frames_of_slab(const sidle_video_frames *f, int64_t first)
{
    int64_t n = within(f->chunk - first % f->chunk, 0, f->slab);

    return within(f->set.dims[0] - first, 0, n);
}

/* Pages are not touched before a slab is read into them. */
static sidle_status make_slots(sidle_video_frames *f)
{
    int64_t slab = slab_of(f), bytes = slab * f->frame;
    int most = (int)within(KEPT_BYTES / bytes, LEAST_SLOTS, MOST_SLOTS);
    unsigned char *memory = malloc((size_t)most * (size_t)bytes);

    if (memory == NULL)
        return sidle_fail(SIDLE_EINTERNAL,
                          "no memory for %d slabs of frames of %lld bytes",
                          most, (long long)bytes);
    free(f->memory);
    f->memory = memory;
    f->slab = slab;
    f->n_slots = LEAST_SLOTS;
    f->most_slots = most;
    f->n_gone = 0;
    for (int i = 0; i < most; i++)
        f->slots[i] = (slot){-1, 0, memory + i * bytes};
    return SIDLE_OK;
}

/* Where a slab is wanted that was given up not long ago, they are too few. */
static void grow(sidle_video_frames *f, int64_t first)
{
    int n = f->n_gone < f->most_slots ? f->n_gone : f->most_slots;

    for (int i = 0; i < n; i++)
        if (f->gone[i] == first) {
            f->n_slots = (int)within(2 * f->n_slots, 0, f->most_slots);
            return;
        }
}

/* The slot of the slab, or the one that was not used for the longest time. */
static slot *find_slot(sidle_video_frames *f, int64_t first)
{
    slot *s = &f->slots[0];

    for (int i = 0; i < f->n_slots && s->first != first; i++)
        if (f->slots[i].first == first || f->slots[i].used < s->used)
            s = &f->slots[i];
    return s;
}

static sidle_status load(sidle_video_frames *f, int64_t first, slot *s)
{
    int64_t n = frames_of_slab(f, first);

    if (s->first >= 0)
        f->gone[f->n_gone++ % f->most_slots] = s->first;
    s->first = -1; /* unless all of it comes */
    SIDLE_TRY(sidle_h5_tiles_read(&f->set, first, n, s->bytes));
    s->first = first;
    return SIDLE_OK;
}

static sidle_status find_slab(sidle_video_frames *f, int64_t first,
                              const slot **slot_p)
{
    slot *s = find_slot(f, first);

    if (s->first != first) {
        grow(f, first);
        s = find_slot(f, first);
        SIDLE_TRY(load(f, first, s));
    }
    s->used = ++f->time;
    *slot_p = s;
    return SIDLE_OK;
}

/* ---- a file */

static sidle_status open_set(sidle_video_frames *f, int fd, int64_t size,
                             const int64_t shape[4])
{
    hsize_t chunk[SIDLE_H5_MAX_DIMS];

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
    if (!sidle_h5_column_chunk_dims(&f->set, chunk))
        return SIDLE_OK;
    f->chunk = (int64_t)chunk[0];
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

sidle_status sidle_video_frames_expect(sidle_video_frames *f, int64_t n)
{
    int64_t places = f->places;
    sidle_status status = SIDLE_OK;

    f->places = within(n, 0, INT64_MAX / 2 - places) + places;
    if (f->chunk > 0 && slab_of(f) != f->slab)
        status = make_slots(f);
    if (status != SIDLE_OK)
        f->places = places;
    return status;
}

static sidle_status copy_frame(sidle_video_frames *f, int64_t frame,
                               unsigned char *out)
{
    int64_t first = slab_at(f, frame);
    const slot *s;

    SIDLE_TRY(find_slab(f, first, &s));
    memcpy(out, s->bytes + (frame - first) * f->frame, (size_t)f->frame);
    return SIDLE_OK;
}

sidle_status sidle_video_frames_read(sidle_video_frames *f, int64_t first,
                                     int64_t n, unsigned char *out)
{
    SIDLE_CHECK(first >= 0 && n >= 0 && n <= f->set.dims[0] - first,
                "frames %lld and %lld more of %lld", (long long)first,
                (long long)n, (long long)f->set.dims[0]);
    if (f->chunk == 0)
        return sidle_h5_tiles_read(&f->set, first, n, out);
    for (int64_t i = 0; i < n; i++)
        SIDLE_TRY(copy_frame(f, first + i, out + i * f->frame));
    return SIDLE_OK;
}

int sidle_video_frames_fetch(sidle_video_frames *f, int64_t frame)
{
    const slot *s;
    int64_t first;

    if (f->chunk == 0)
        return 0;
    first = slab_at(f, frame);
    if (find_slot(f, first)->first == first)
        return 0;
    return find_slab(f, first, &s) == SIDLE_OK;
}

int64_t sidle_video_frames_kept(const sidle_video_frames *f)
{
    int64_t n = 0;

    for (int i = 0; i < f->most_slots; i++)
        n += f->slots[i].used > 0;
    return n * f->slab * f->frame;
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

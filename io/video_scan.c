/* video_scan.c - the child's side of a file of clips: HDF5, and frames. */
#include "io/video_scan.h"

#include "io/data_scan.h"
#include "io/h5.h"

#include <math.h>

enum { VERSION = 1 };

typedef struct columns {
    sidle_h5_column frames, offsets, labels, frame_labels;
} columns;

/* Both may be left out. */
static sidle_status read_attributes(hid_t file, int64_t *classes, double *fps)
{
    *classes = 0;
    *fps = 0.0;
    if (sidle_h5_has(file, "classes")) {
        SIDLE_TRY(sidle_h5_read_int(file, "classes", classes));
        if (*classes < 1)
            return sidle_fail(SIDLE_EDATA,
                              "attribute 'classes' is %lld, expected 1 or more",
                              (long long)*classes);
    }
    if (sidle_h5_has(file, "fps")) {
        SIDLE_TRY(sidle_h5_read_real(file, "fps", fps));
        if (!isfinite(*fps) || *fps <= 0.0)
            return sidle_fail(SIDLE_EDATA,
                              "attribute 'fps' is %g, expected frames a "
                              "second, above 0",
                              *fps);
    }
    return SIDLE_OK;
}

static sidle_status open_frames(hid_t file, int64_t size, sidle_h5_column *c)
{
    SIDLE_TRY(sidle_h5_column_open(file, "frames", 4, size, c));
    if (!sidle_h5_column_is_bytes(c))
        return sidle_fail(SIDLE_EDATA, "'/frames' has other integers than "
                                       "uint8");
    for (int i = 1; i < 4; i++)
        if (c->dims[i] < 1)
            return sidle_fail(SIDLE_EDATA, "'/frames' has no %s",
                              i == 1   ? "rows (Y)"
                              : i == 2 ? "columns (X)"
                                       : "channels (C)");
    SIDLE_TRY(sidle_h5_column_find_chunks(c));
    return sidle_h5_column_probe(c);
}

static sidle_status open_columns(hid_t file, int64_t size, columns *c)
{
    SIDLE_TRY(open_frames(file, size, &c->frames));
    SIDLE_TRY(sidle_h5_column_open(file, "offsets", 1, size, &c->offsets));
    if (c->offsets.dims[0] < 2)
        return sidle_fail(SIDLE_EDATA,
                          "the file has no clips: '/offsets' has %lld "
                          "number%s, expected one more than there are clips",
                          (long long)c->offsets.dims[0],
                          c->offsets.dims[0] == 1 ? "" : "s");
    if (H5Lexists(file, "labels", H5P_DEFAULT) > 0)
        SIDLE_TRY(sidle_h5_column_open(file, "labels", 1, size, &c->labels));
    if (H5Lexists(file, "frame_labels", H5P_DEFAULT) > 0)
        SIDLE_TRY(sidle_h5_column_open(file, "frame_labels", 1, size,
                                       &c->frame_labels));
    return SIDLE_OK;
}

static int64_t length_of(const sidle_h5_column *c)
{
    return c->set >= 0 ? c->dims[0] : -1;
}

static sidle_status say_columns(int out, const columns *c, int64_t classes,
                                double fps)
{
    const int64_t *d = c->frames.dims;
    const int64_t sizes[8] = {d[0],
                              d[1],
                              d[2],
                              d[3],
                              length_of(&c->offsets),
                              length_of(&c->labels),
                              length_of(&c->frame_labels),
                              classes};

    SIDLE_TRY(sidle_fence_say(out, SIDLE_VIDEO_SIZES, sizes, sizeof(sizes)));
    SIDLE_TRY(sidle_fence_say(out, SIDLE_VIDEO_FPS, &fps, sizeof(fps)));
    SIDLE_TRY(sidle_say_column(out, SIDLE_VIDEO_OFFSETS, &c->offsets));
    if (c->labels.set >= 0)
        SIDLE_TRY(sidle_say_column(out, SIDLE_VIDEO_LABELS, &c->labels));
    if (c->frame_labels.set >= 0)
        SIDLE_TRY(
            sidle_say_column(out, SIDLE_VIDEO_FRAME_LABELS, &c->frame_labels));
    return SIDLE_OK;
}

static sidle_status say_file(int out, hid_t file, int64_t size, columns *c)
{
    int64_t classes;
    double fps;

    SIDLE_TRY(sidle_h5_read_format(file, "sidle-video", VERSION, NULL));
    SIDLE_TRY(read_attributes(file, &classes, &fps));
    SIDLE_TRY(open_columns(file, size, c));
    return say_columns(out, c, classes, fps);
}

sidle_status sidle_video_say(int out, void *context)
{
    const sidle_data_task *t = context;
    const sidle_h5_column none = {.set = -1, .space = -1};
    columns c = {none, none, none, none};
    sidle_status status;
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    status = say_file(out, file, t->size, &c);
    sidle_h5_column_close(&c.frame_labels);
    sidle_h5_column_close(&c.labels);
    sidle_h5_column_close(&c.offsets);
    sidle_h5_column_close(&c.frames);
    H5Fclose(file);
    return status;
}

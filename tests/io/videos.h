/* videos.h - small video files for tests. */
#ifndef SIDLE_TESTS_IO_VIDEOS_H
#define SIDLE_TESTS_IO_VIDEOS_H

#include "check.h"
#include "io/scratch.h"

#include "io/h5.h"

enum { CLIPS = 5, FRAMES = 23, Y = 5, X = 4, C = 3, SIZE = Y * X * C };

typedef enum layout { IN_ONE_PIECE, CHUNKS, PACKED } layout;

/* A video file to be written; a test changes what it is about. */
typedef struct recipe {
    const char *format;
    layout layout;
    hsize_t chunk[4];
    hid_t frame_type, label_type; /* in the file */
    int64_t classes;              /* 0: none */
    int64_t offsets[CLIPS + 1], labels[CLIPS], frame_labels[FRAMES];
    int has_labels, has_frame_labels, n_dims;
    int n_frames; /* of /frames */
    hsize_t user_block;
} recipe;

static inline recipe video_recipe(void)
{
    recipe r = {.format = "sidle-video",
                .chunk = {4, 2, 3, 2},
                .frame_type = H5T_STD_U8LE,
                .label_type = H5T_STD_I32LE,
                .offsets = {0, 7, 7, 8, 20, FRAMES},
                .labels = {3, -1, 0, 2, 1},
                .has_labels = 1,
                .n_dims = 4,
                .n_frames = FRAMES};

    for (int i = 0; i < FRAMES; i++)
        r.frame_labels[i] = i % 6 - 1;
    return r;
}

static inline unsigned char byte_of(int64_t frame, int at)
{
    sidle_rng rng = {9, sidle_rng_stream("frame", (uint64_t)frame)};

    return (unsigned char)sidle_rng_below(rng, (uint64_t)at, 256);
}

static inline void put_frames(hid_t file, const recipe *r)
{
    static unsigned char bytes[FRAMES * SIZE];
    hsize_t dims[4] = {(hsize_t)r->n_frames, Y, X, C};
    hid_t list = H5Pcreate(H5P_DATASET_CREATE), space, set;

    for (int64_t i = 0; i < FRAMES; i++)
        for (int at = 0; at < SIZE; at++)
            bytes[i * SIZE + at] = byte_of(i, at);
    if (r->n_dims < 4)
        dims[2] = X * C;
    if (r->layout != IN_ONE_PIECE)
        H5Pset_chunk(list, r->n_dims, r->chunk);
    if (r->layout == PACKED)
        H5Pset_deflate(list, 4);
    space = H5Screate_simple(r->n_dims, dims, NULL);
    set = H5Dcreate2(file, "frames", r->frame_type, space, H5P_DEFAULT, list,
                     H5P_DEFAULT);
    assert_true(H5Dwrite(set, H5T_NATIVE_UCHAR, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                         bytes) >= 0);
    H5Dclose(set);
    H5Sclose(space);
    H5Pclose(list);
}

static inline void put_numbers(hid_t file, const char *name, hid_t type,
                               hsize_t n, const int64_t *values)
{
    hid_t space = H5Screate_simple(1, &n, NULL);
    hid_t set = H5Dcreate2(file, name, type, space, H5P_DEFAULT, H5P_DEFAULT,
                           H5P_DEFAULT);

    assert_true(H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL, H5P_DEFAULT,
                         values) >= 0);
    H5Dclose(set);
    H5Sclose(space);
}

static inline void write_video(const scratch *s, const recipe *r)
{
    hid_t list = H5Pcreate(H5P_FILE_CREATE), file;

    H5Pset_userblock(list, r->user_block);
    file = H5Fcreate(scratch_path(s, "v.h5"), H5F_ACC_TRUNC, list, H5P_DEFAULT);
    assert_int_equal(sidle_h5_write_text(file, "format", r->format), SIDLE_OK);
    assert_int_equal(sidle_h5_write_int(file, "format_version", 1), SIDLE_OK);
    if (r->classes > 0)
        assert_int_equal(sidle_h5_write_int(file, "classes", r->classes),
                         SIDLE_OK);
    put_frames(file, r);
    put_numbers(file, "offsets", H5T_STD_I64LE, CLIPS + 1, r->offsets);
    if (r->has_labels)
        put_numbers(file, "labels", r->label_type, CLIPS, r->labels);
    if (r->has_frame_labels)
        put_numbers(file, "frame_labels", r->label_type, FRAMES,
                    r->frame_labels);
    H5Fclose(file);
    H5Pclose(list);
}

#endif

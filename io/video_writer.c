/* video_writer.c - /frames grows in chunks; offsets and labels come last. */
#include "io/video_writer.h"

#include "io/data_file.h"
#include "io/h5.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK_BYTES (256 << 10)

/* A list of numbers that grows. */
typedef struct numbers {
    int64_t *p;
    int64_t n, room;
} numbers;

struct sidle_video_writer {
    char *path, *fresh; /* the file's name, and its name until it is complete */
    int is_made;        /* the file `fresh` is there, and ours */
    int is_broken;      /* HDF5 could not write it */
    sidle_video_form form;
    hid_t file, frames;
    int64_t n_frames;
    numbers offsets, labels, frame_labels;
};

static sidle_status push(numbers *list, int64_t value)
{
    if (list->n == list->room) {
        int64_t room = list->room > 0 ? 2 * list->room : 1024;
        int64_t *p = realloc(list->p, (size_t)room * sizeof(*p));

        if (p == NULL)
            return sidle_fail(SIDLE_EINTERNAL, "no memory for %lld numbers",
                              (long long)room);
        list->p = p;
        list->room = room;
    }
    list->p[list->n++] = value;
    return SIDLE_OK;
}

static int64_t frame_bytes(const sidle_video_form *form)
{
    return form->shape[0] * form->shape[1] * form->shape[2];
}

/* ---- begin */

/* Only a file that could be made again is replaced. */
static sidle_status check_target(const char *path)
{
    char format[32];

    if (access(path, F_OK) != 0)
        return SIDLE_OK;
    sidle_data_file_format(path, format, sizeof(format));
    if (strcmp(format, "sidle-video") == 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'%s' is there and is no video file of Sidle; name "
                      "another file for the output, or remove this one",
                      path);
}

/* Without times, so that equal data make equal files. */
static hid_t new_recipe(void)
{
    hid_t recipe = H5Pcreate(H5P_DATASET_CREATE);

    H5Pset_obj_track_times(recipe, 0);
    return recipe;
}

static sidle_status make_frames(sidle_video_writer *w)
{
    const int64_t *shape = w->form.shape;
    int64_t per_chunk = CHUNK_BYTES / frame_bytes(&w->form);
    hsize_t size[4] = {0, (hsize_t)shape[0], (hsize_t)shape[1],
                       (hsize_t)shape[2]};
    hsize_t most[4] = {H5S_UNLIMITED, size[1], size[2], size[3]};
    hsize_t chunk[4] = {per_chunk > 0 ? (hsize_t)per_chunk : 1, size[1],
                        size[2], size[3]};
    hid_t space = H5Screate_simple(4, size, most);
    hid_t recipe = new_recipe();

    H5Pset_chunk(recipe, 4, chunk);
    w->frames = H5Dcreate2(w->file, "frames", H5T_STD_U8LE, space, H5P_DEFAULT,
                           recipe, H5P_DEFAULT);
    H5Pclose(recipe);
    H5Sclose(space);
    return w->frames >= 0
               ? SIDLE_OK
               : sidle_h5_fail(SIDLE_EIO, "make /frames in", w->fresh);
}

static sidle_status begin(sidle_video_writer *w)
{
    SIDLE_TRY(check_target(w->path));
    H5dont_atexit(); /* see broken() */
    sidle_h5_quiet();
    w->file = H5Fcreate(w->fresh, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (w->file < 0)
        return sidle_h5_fail(SIDLE_EIO, "make", w->fresh);
    w->is_made = 1;
    SIDLE_TRY(sidle_h5_write_text(w->file, "format", "sidle-video"));
    SIDLE_TRY(sidle_h5_write_int(w->file, "format_version", 1));
    SIDLE_TRY(push(&w->offsets, 0));
    return make_frames(w);
}

sidle_status sidle_video_writer_open(const char *path,
                                     const sidle_video_form *form,
                                     sidle_video_writer **writer_p)
{
    sidle_video_writer *w = calloc(1, sizeof(*w));
    sidle_status status;

    *writer_p = NULL;
    if (w == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a file");
    w->file = w->frames = -1;
    w->form = *form;
    w->path = strdup(path);
    w->fresh = malloc(strlen(path) + sizeof(".tmp"));
    if (w->path == NULL || w->fresh == NULL) {
        sidle_video_writer_drop(w);
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a file");
    }
    sprintf(w->fresh, "%s.tmp", path);
    status = begin(w);
    if (status == SIDLE_OK)
        *writer_p = w;
    else
        sidle_video_writer_drop(w);
    return status;
}

/* ---- frames */

/* HDF5 cannot close a file that it could not write: what it kept for the file
 * would be written then, and fails again, at the end of the process as well. */
static sidle_status broken(sidle_video_writer *w)
{
    w->is_broken = 1;
    return sidle_h5_fail(SIDLE_EIO, "write", w->fresh);
}

static sidle_status append(sidle_video_writer *w, int64_t n,
                           const uint8_t *frames)
{
    const int64_t *shape = w->form.shape;
    hsize_t size[4] = {(hsize_t)(w->n_frames + n), (hsize_t)shape[0],
                       (hsize_t)shape[1], (hsize_t)shape[2]};
    hsize_t from[4] = {(hsize_t)w->n_frames, 0, 0, 0};
    hsize_t count[4] = {(hsize_t)n, size[1], size[2], size[3]};
    sidle_status status = SIDLE_OK;
    hid_t space, memory;

    if (H5Dset_extent(w->frames, size) < 0)
        return broken(w);
    space = H5Dget_space(w->frames);
    memory = H5Screate_simple(4, count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, count, NULL);
    if (H5Dwrite(w->frames, H5T_NATIVE_UINT8, memory, space, H5P_DEFAULT,
                 frames) < 0)
        status = broken(w);
    H5Sclose(memory);
    H5Sclose(space);
    return status;
}

sidle_status sidle_video_writer_add(sidle_video_writer *w, int64_t n,
                                    const uint8_t *frames,
                                    const int32_t *labels)
{
    if (n > 0)
        SIDLE_TRY(append(w, n, frames));
    w->n_frames += n;
    for (int64_t i = 0; w->form.has_frame_labels && i < n; i++)
        SIDLE_TRY(push(&w->frame_labels, labels[i]));
    return SIDLE_OK;
}

sidle_status sidle_video_writer_end_clip(sidle_video_writer *w, int32_t label)
{
    if (w->n_frames == w->offsets.p[w->offsets.n - 1])
        return SIDLE_OK;
    SIDLE_TRY(push(&w->labels, label));
    return push(&w->offsets, w->n_frames);
}

/* ---- end */

static sidle_status write_numbers(sidle_video_writer *w, const char *name,
                                  hid_t type, const numbers *list)
{
    hsize_t size = (hsize_t)list->n;
    hid_t space = H5Screate_simple(1, &size, NULL), recipe = new_recipe();
    hid_t set = H5Dcreate2(w->file, name, type, space, H5P_DEFAULT, recipe,
                           H5P_DEFAULT);
    int is_done = set >= 0 && H5Dwrite(set, H5T_NATIVE_INT64, H5S_ALL, H5S_ALL,
                                       H5P_DEFAULT, list->p) >= 0;
    sidle_status status = is_done ? SIDLE_OK : broken(w);

    if (set >= 0)
        H5Dclose(set);
    H5Pclose(recipe);
    H5Sclose(space);
    return status;
}

static sidle_status write_real(sidle_video_writer *w, const char *name,
                               double value)
{
    hid_t space = H5Screate(H5S_SCALAR);
    hid_t attribute = H5Acreate2(w->file, name, H5T_IEEE_F64LE, space,
                                 H5P_DEFAULT, H5P_DEFAULT);
    int is_done =
        attribute >= 0 && H5Awrite(attribute, H5T_NATIVE_DOUBLE, &value) >= 0;
    sidle_status status = is_done ? SIDLE_OK : broken(w);

    if (attribute >= 0)
        H5Aclose(attribute);
    H5Sclose(space);
    return status;
}

static sidle_status write_rest(sidle_video_writer *w)
{
    SIDLE_TRY(write_numbers(w, "offsets", H5T_STD_I64LE, &w->offsets));
    if (w->form.classes > 0) {
        SIDLE_TRY(sidle_h5_write_int(w->file, "classes", w->form.classes));
        SIDLE_TRY(write_numbers(w, "labels", H5T_STD_I32LE, &w->labels));
    }
    if (w->form.names != NULL)
        SIDLE_TRY(sidle_h5_write_texts(w->file, "class_names", w->form.names,
                                       w->form.classes));
    if (w->form.has_frame_labels)
        SIDLE_TRY(
            write_numbers(w, "frame_labels", H5T_STD_I32LE, &w->frame_labels));
    return w->form.fps > 0 ? write_real(w, "fps", w->form.fps) : SIDLE_OK;
}

/* A full disk can show here first: HDF5 and the system keep what was written
 * until then. */
static sidle_status close_file(sidle_video_writer *w)
{
    if (H5Fflush(w->file, H5F_SCOPE_LOCAL) < 0)
        return broken(w);
    H5Dclose(w->frames);
    H5Fclose(w->file);
    w->frames = w->file = -1;
    return SIDLE_OK;
}

static sidle_status take_name(const sidle_video_writer *w)
{
    int fd = open(w->fresh, O_RDWR | O_CLOEXEC);
    int is_safe = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    if (!is_safe || rename(w->fresh, w->path) != 0)
        return sidle_fail(SIDLE_EIO, "'%s' cannot be written: %s", w->path,
                          strerror(errno));
    return SIDLE_OK;
}

static sidle_status finish(sidle_video_writer *w)
{
    if (w->labels.n == 0)
        return sidle_fail(SIDLE_EDATA,
                          "'%s' would have no frame; expected at "
                          "least one",
                          w->path);
    SIDLE_TRY(write_rest(w));
    SIDLE_TRY(close_file(w));
    return take_name(w);
}

sidle_status sidle_video_writer_close(sidle_video_writer *w)
{
    sidle_status status = finish(w);

    if (status == SIDLE_OK)
        w->is_made = 0; /* it has another name now */
    sidle_video_writer_drop(w);
    return status;
}

void sidle_video_writer_drop(sidle_video_writer *w)
{
    if (w == NULL)
        return;
    if (w->frames >= 0 && !w->is_broken)
        H5Dclose(w->frames);
    if (w->file >= 0 && !w->is_broken)
        H5Fclose(w->file);
    if (w->is_made)
        unlink(w->fresh);
    free(w->path);
    free(w->fresh);
    free(w->offsets.p);
    free(w->labels.p);
    free(w->frame_labels.p);
    free(w);
}

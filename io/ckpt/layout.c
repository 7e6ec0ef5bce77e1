/* layout.c - where everything lies in a checkpoint, and HDF5's tables. */
#include "io/ckpt/layout.h"

#include <stdlib.h>
#include <string.h>

static sidle_status write_each(hid_t root, const sidle_ckpt_info *info)
{
    sidle_digest digest;

    sidle_ckpt_info_digest(info, &digest);
    SIDLE_TRY(sidle_h5_write_text(root, "format", SIDLE_CKPT_FORMAT));
    SIDLE_TRY(sidle_h5_write_int(root, "format_version", SIDLE_CKPT_VERSION));
    SIDLE_TRY(sidle_h5_write_int(root, "step", info->step));
    SIDLE_TRY(sidle_h5_write_int(root, "update", info->update));
    SIDLE_TRY(sidle_h5_write_text(root, "created", info->created));
    SIDLE_TRY(
        sidle_h5_write_text(root, "program_version", info->program_version));
    SIDLE_TRY(sidle_h5_write_text(root, "commit", info->commit));
    /* Left out where it is not known, as older programs do. */
    if (info->milliseconds != 0)
        SIDLE_TRY(sidle_h5_write_int(root, "milliseconds", info->milliseconds));
    return sidle_h5_write_text(root, SIDLE_CKPT_DIGEST, digest.hex);
}

static sidle_status write_attributes(hid_t file, const sidle_ckpt_info *info)
{
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    sidle_status status;

    if (root < 0)
        return sidle_h5_fail(SIDLE_EIO, "open group", "/");
    status = write_each(root, info);
    H5Gclose(root);
    return status == SIDLE_OK ? SIDLE_OK : sidle_fail_in(status, "attributes");
}

/* The two property lists that every data set is made with, and where the
 * offset of the next one goes. */
typedef struct recipe {
    hid_t file, links, sets;
    int64_t *next;
} recipe;

static recipe recipe_new(hid_t file, int64_t *offsets)
{
    recipe r = {file, H5Pcreate(H5P_LINK_CREATE), H5Pcreate(H5P_DATASET_CREATE),
                offsets};

    H5Pset_create_intermediate_group(r.links, 1);
    H5Pset_layout(r.sets, H5D_CONTIGUOUS);
    /* The offset is known only when the space is taken; no fill, because the
     * bytes are written past HDF5. */
    H5Pset_alloc_time(r.sets, H5D_ALLOC_TIME_EARLY);
    H5Pset_fill_time(r.sets, H5D_FILL_TIME_NEVER);
    H5Pset_obj_track_times(r.sets, 0);
    return r;
}

static void recipe_done(recipe *r)
{
    H5Pclose(r->sets);
    H5Pclose(r->links);
}

/* What numbers side by side mean. */
static sidle_status write_words(hid_t set, const sidle_words *words, int n_dims,
                                const int64_t *dims)
{
    int64_t n;

    if (words == NULL)
        return SIDLE_OK;
    n = dims[n_dims - 1];
    SIDLE_TRY(sidle_h5_write_texts(set, "names", words->names, n));
    SIDLE_TRY(sidle_h5_write_texts(set, "units", words->units, n));
    return words->rows == NULL
               ? SIDLE_OK
               : sidle_h5_write_texts(set, "rows", words->rows, dims[0]);
}

static sidle_status make_set(recipe *r, const char *path, hid_t type,
                             int n_dims, const int64_t *dims,
                             const sidle_words *words)
{
    hsize_t extent[4];
    sidle_status status;
    hid_t space, set;
    haddr_t at;

    SIDLE_CHECK(n_dims >= 0 && n_dims <= 4, "'%s' has %d dimensions", path,
                n_dims);
    for (int i = 0; i < n_dims; i++)
        extent[i] = (hsize_t)dims[i];
    space = n_dims == 0 ? H5Screate(H5S_SCALAR)
                        : H5Screate_simple(n_dims, extent, NULL);
    set =
        H5Dcreate2(r->file, path, type, space, r->links, r->sets, H5P_DEFAULT);
    H5Sclose(space);
    if (set < 0)
        return sidle_h5_fail(SIDLE_EIO, "make data set", path);
    at = H5Dget_offset(set);
    /* HDF5 gives no place to an array without bytes. */
    *r->next++ = at == HADDR_UNDEF ? 0 : (int64_t)at;
    status = write_words(set, words, n_dims, dims);
    H5Dclose(set);
    return status == SIDLE_OK ? status : sidle_fail_in(status, "'%s'", path);
}

static sidle_status make_text_set(recipe *r, const char *path, int64_t size,
                                  int n_dims, const int64_t *dims)
{
    hid_t type = sidle_h5_text_type((size_t)size);
    sidle_status status = make_set(r, path, type, n_dims, dims, NULL);

    H5Tclose(type);
    return status;
}

static sidle_status make_sets(recipe *r, const sidle_content *content)
{
    int64_t rows = content->n_arrays + 1;

    SIDLE_TRY(
        make_text_set(r, SIDLE_CKPT_CONFIG, content->config_size, 0, NULL));
    for (int i = 0; i < content->n_arrays; i++) {
        const sidle_array *a = &content->arrays[i];

        SIDLE_TRY(make_set(r, a->path, sidle_dtype_h5(a->type), a->n_dims,
                           a->dims, a->words));
    }
    SIDLE_TRY(
        make_text_set(r, SIDLE_CKPT_PATHS, SIDLE_CKPT_PATH_SIZE, 1, &rows));
    SIDLE_TRY(make_set(r, SIDLE_CKPT_BYTES, H5T_STD_I64LE, 1, &rows, NULL));
    return make_text_set(r, SIDLE_CKPT_DIGESTS, SIDLE_CKPT_HEX_SIZE, 1, &rows);
}

/* ---- HDF5 in memory: its buffer is the layout's, and outlives the file */

static void *image_malloc(size_t n, H5FD_file_image_op_t op, void *layout)
{
    (void)op;
    (void)layout;
    return malloc(n);
}

static void *image_copy(void *to, const void *from, size_t n,
                        H5FD_file_image_op_t op, void *layout)
{
    (void)op;
    (void)layout;
    return memcpy(to, from, n);
}

static void *image_realloc(void *old, size_t n, H5FD_file_image_op_t op,
                           void *layout)
{
    sidle_layout *l = layout;
    unsigned char *bytes = realloc(old, n);

    (void)op;
    if (bytes != NULL) {
        /* HDF5 grows its buffer here only: what it has last is the whole
         * file. */
        l->tables = bytes;
        l->tables_size = (int64_t)n;
    }
    return bytes;
}

static herr_t image_keep(void *bytes, H5FD_file_image_op_t op, void *layout)
{
    (void)bytes;
    (void)op;
    (void)layout;
    return 0;
}

static void *same(void *layout)
{
    return layout;
}

static herr_t forget(void *layout)
{
    (void)layout;
    return 0;
}

/* Room for the tables, so that all lie before the arrays: 1 KiB an array and
 * 1 KiB a group are measured. A group is new where a path leaves the one
 * before it; words make the head of a data set longer. */
static hsize_t tables_room(const sidle_content *content)
{
    hsize_t usual = 2048 * ((hsize_t)content->n_arrays + 16), counted = 32768;
    const char *before = "/";

    for (int i = 0; i < content->n_arrays; i++) {
        const char *path = content->arrays[i].path;
        size_t shared = 0;

        while (path[shared] != '\0' && path[shared] == before[shared])
            shared++;
        counted += content->arrays[i].words != NULL ? 4096 : 1024;
        for (const char *at = path + shared; *at != '\0'; at++)
            counted += *at == '/' ? 1024 : 0;
        before = path;
    }
    return counted > usual ? counted : usual;
}

static hid_t access_list(const sidle_content *content, sidle_layout *layout)
{
    H5FD_file_image_callbacks_t calls = {
        image_malloc, image_copy, image_realloc, image_keep,
        same,         forget,     layout};
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);

    H5Pset_libver_bounds(access, H5F_LIBVER_EARLIEST, H5F_LIBVER_LATEST);
    H5Pset_fclose_degree(access, H5F_CLOSE_STRONG);
    H5Pset_fapl_core(access, 65536, 0);
    H5Pset_file_image_callbacks(access, &calls);
    /* Big arrays begin at a page, so that they can be mapped. */
    H5Pset_alignment(access, 65536, 4096);
    H5Pset_meta_block_size(access, tables_room(content));
    return access;
}

/* HDF5 looks whether there is a file of that name: there can be none. */
static hid_t make_file(const sidle_content *content, sidle_layout *layout)
{
    hid_t access = access_list(content, layout);
    hid_t file =
        H5Fcreate("/dev/null/checkpoint", H5F_ACC_TRUNC, H5P_DEFAULT, access);

    if (file < 0)
        sidle_h5_fail(SIDLE_EIO, "make", "a checkpoint in memory");
    H5Pclose(access);
    return file;
}

/* The tables tell where the file ends: in a superblock of version 0, the
 * earliest, at byte 40. Source: HDF5 File Format Specification, II.A. */
static void take_size(sidle_layout *layout)
{
    SIDLE_CHECK(layout->tables_size > 48 && layout->tables[8] == 0,
                "HDF5 has not made the format that it was asked for");
    memcpy(&layout->size, layout->tables + 40, sizeof(layout->size));
    if (layout->tables_size > layout->size)
        layout->tables_size = layout->size;
}

sidle_status sidle_layout_make(const sidle_content *content,
                               sidle_layout *layout)
{
    hid_t file = make_file(content, layout);
    sidle_status status;
    recipe r;

    if (file < 0)
        return SIDLE_EIO;
    r = recipe_new(file, layout->offsets);
    status = write_attributes(file, content->info);
    if (status == SIDLE_OK)
        status = make_sets(&r, content);
    recipe_done(&r);
    if (H5Fclose(file) < 0 && status == SIDLE_OK)
        status = sidle_h5_fail(SIDLE_EIO, "close", "a checkpoint in memory");
    if (status == SIDLE_OK)
        take_size(layout);
    return status;
}

void sidle_layout_new(int n_arrays, sidle_layout *layout)
{
    *layout = (sidle_layout){0};
    layout->offsets = calloc((size_t)n_arrays + 4, sizeof(*layout->offsets));
    SIDLE_CHECK(layout->offsets != NULL, "out of memory");
}

void sidle_layout_done(sidle_layout *layout)
{
    free(layout->tables);
    free(layout->offsets);
}

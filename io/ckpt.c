/* ckpt.c - the layout of a checkpoint.
 *
 * One HDF5 file that HDF5 1.8 and later read, superblock at byte 0, made with
 * the earliest format. Everything is little-endian, in C order.
 *
 *   /            attributes: format "sidle-checkpoint", format_version (1),
 *                step, update: int64; created, program_version, commit: text;
 *                xxh3_128: 32 hexadecimal digits, the checksum of the seven
 *                others, one a line in this order (older files have none)
 *   /config      YAML text, a scalar fixed-length string without a final zero
 *   /model/...   and whatever else the caller names: float32, float64, int32
 *                or int64 arrays of 1 to 4 dimensions
 *   /integrity   path (n), fixed-length string of 112 bytes; bytes (n), int64;
 *                xxh3_128 (n), 32 hexadecimal digits: one row for each data
 *                set of the file but these three, /config first
 *
 * Texts are fixed-length strings, UTF-8, padded with zeros (variable-length
 * strings cannot be written in parallel). Data sets are contiguous, allocated
 * when they are made and never filled, so that each is one range of bytes of
 * the file: the checksum covers that range, and a reader may take it without
 * HDF5. No object bears a time: equal states give equal bytes, whatever the
 * number of ranks. Groups and data sets are made in the order of the list;
 * HDF5's tables come first, arrays of 64 KiB or more begin at a page.
 *
 * ckpt_save.c tells the steps of a commit, ckpt_read.c what a reader checks,
 * ckpt_folder.c the names in the folder. */
#include "io/ckpt_layout.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB = 1 << 30, PATH_SIZE = 112, HEX_SIZE = 32 };

hid_t sidle_dtype_h5(sidle_dtype type)
{
    switch (type) {
    case SIDLE_F32:
        return H5T_IEEE_F32LE;
    case SIDLE_F64:
        return H5T_IEEE_F64LE;
    case SIDLE_I32:
        return H5T_STD_I32LE;
    case SIDLE_I64:
        return H5T_STD_I64LE;
    }
    return -1;
}

const char *sidle_dtype_name(sidle_dtype type)
{
    switch (type) {
    case SIDLE_F32:
        return "float32";
    case SIDLE_F64:
        return "float64";
    case SIDLE_I32:
        return "int32";
    case SIDLE_I64:
        return "int64";
    }
    return "text";
}

int64_t sidle_array_bytes(const sidle_array *array)
{
    int is_small = array->type == SIDLE_F32 || array->type == SIDLE_I32;
    int64_t bytes = is_small ? 4 : 8;

    for (int i = 0; i < array->n_dims; i++)
        bytes *= array->dims[i];
    return bytes;
}

int64_t sidle_content_bytes(const sidle_content *content)
{
    /* Object header, links, groups on the way, alignment, and a row of
     * /integrity: 2 KiB are measured, 8 KiB are asked for. */
    const int64_t overhead = 8192;
    int64_t bytes = content->config_size + 16 * overhead;

    for (int i = 0; i < content->n_arrays; i++)
        bytes += sidle_array_bytes(&content->arrays[i]) + overhead;
    return bytes;
}

void sidle_ckpt_info_digest(const sidle_ckpt_info *info, sidle_digest *digest)
{
    char text[512];

    sidle_text_format(text, sizeof(text), "%s\n%d\n%lld\n%lld\n%s\n%s\n%s\n",
                      SIDLE_CKPT_FORMAT, SIDLE_CKPT_VERSION,
                      (long long)info->step, (long long)info->update,
                      info->created, info->program_version, info->commit);
    sidle_digest_memory(text, strlen(text), digest);
}

static sidle_status write_attributes(hid_t file, const sidle_ckpt_info *info)
{
    hid_t root = H5Gopen2(file, "/", H5P_DEFAULT);
    sidle_digest digest;
    sidle_status st;

    sidle_ckpt_info_digest(info, &digest);
    if (root < 0)
        return sidle_h5_fail(SIDLE_EIO, "open group", "/");
    if ((st = sidle_h5_write_text(root, "format", SIDLE_CKPT_FORMAT)) ||
        (st = sidle_h5_write_int(root, "format_version", SIDLE_CKPT_VERSION)) ||
        (st = sidle_h5_write_int(root, "step", info->step)) ||
        (st = sidle_h5_write_int(root, "update", info->update)) ||
        (st = sidle_h5_write_text(root, "created", info->created)) ||
        (st = sidle_h5_write_text(root, "program_version",
                                  info->program_version)) ||
        (st = sidle_h5_write_text(root, "commit", info->commit)) ||
        (st = sidle_h5_write_text(root, SIDLE_CKPT_DIGEST, digest.hex)))
        sidle_fail_in(st, "attributes");
    H5Gclose(root);
    return st;
}

/* The two property lists that every data set is made with. */
typedef struct recipe {
    hid_t file, links, sets;
} recipe;

static recipe recipe_new(hid_t file)
{
    recipe r = {file, H5Pcreate(H5P_LINK_CREATE),
                H5Pcreate(H5P_DATASET_CREATE)};

    H5Pset_create_intermediate_group(r.links, 1);
    H5Pset_layout(r.sets, H5D_CONTIGUOUS);
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

static sidle_status make_set(const recipe *r, const char *path, hid_t type,
                             int n_dims, const int64_t *dims)
{
    hsize_t extent[4];
    hid_t space, set;

    SIDLE_CHECK(n_dims >= 0 && n_dims <= 4, "'%s' has %d dimensions", path,
                n_dims);
    for (int i = 0; i < n_dims; i++)
        extent[i] = (hsize_t)dims[i];
    space = n_dims == 0 ? H5Screate(H5S_SCALAR)
                        : H5Screate_simple(n_dims, extent, NULL);
    set =
        H5Dcreate2(r->file, path, type, space, r->links, r->sets, H5P_DEFAULT);
    if (set < 0)
        sidle_h5_fail(SIDLE_EIO, "make data set", path);
    else
        H5Dclose(set);
    H5Sclose(space);
    return set < 0 ? SIDLE_EIO : SIDLE_OK;
}

static sidle_status make_text_set(const recipe *r, const char *path,
                                  int64_t size, int n_dims, const int64_t *dims)
{
    hid_t type = sidle_h5_text_type((size_t)size);
    sidle_status st = make_set(r, path, type, n_dims, dims);

    H5Tclose(type);
    return st;
}

static sidle_status make_sets(const recipe *r, const sidle_content *content)
{
    int64_t rows = content->n_arrays + 1;

    SIDLE_TRY(
        make_text_set(r, SIDLE_CKPT_CONFIG, content->config_size, 0, NULL));
    for (int i = 0; i < content->n_arrays; i++) {
        const sidle_array *a = &content->arrays[i];

        SIDLE_TRY(
            make_set(r, a->path, sidle_dtype_h5(a->type), a->n_dims, a->dims));
    }
    SIDLE_TRY(make_text_set(r, SIDLE_CKPT_PATHS, PATH_SIZE, 1, &rows));
    SIDLE_TRY(make_set(r, SIDLE_CKPT_BYTES, H5T_STD_I64LE, 1, &rows));
    return make_text_set(r, SIDLE_CKPT_DIGESTS, HEX_SIZE, 1, &rows);
}

sidle_status sidle_content_lay_out(hid_t file, const sidle_content *content)
{
    recipe r = recipe_new(file);
    sidle_status st = write_attributes(file, content->info);

    if (st == SIDLE_OK)
        st = make_sets(&r, content);
    recipe_done(&r);
    return st;
}

static sidle_status write_text(hid_t file, const char *path, int64_t size,
                               const char *text)
{
    hid_t type = sidle_h5_text_type((size_t)size);
    sidle_status st = sidle_h5_write(file, path, type, text, SLAB);

    H5Tclose(type);
    return st;
}

sidle_status sidle_content_write(hid_t file, const sidle_content *content,
                                 int rank, sidle_digest *digests)
{
    if (rank == 0) {
        SIDLE_TRY(write_text(file, SIDLE_CKPT_CONFIG, content->config_size,
                             content->config));
        sidle_digest_memory(content->config, (size_t)content->config_size,
                            &digests[0]);
    }
    for (int i = 0; i < content->n_arrays; i++) {
        const sidle_array *a = &content->arrays[i];

        if (a->owner != rank)
            continue;
        SIDLE_TRY(sidle_h5_write(file, a->path, sidle_dtype_h5(a->type),
                                 a->data, SLAB));
        sidle_digest_memory(a->data, (size_t)sidle_array_bytes(a),
                            &digests[i + 1]);
    }
    return SIDLE_OK;
}

sidle_status sidle_content_write_integrity(hid_t file,
                                           const sidle_content *content,
                                           const sidle_digest *digests)
{
    size_t rows = (size_t)content->n_arrays + 1;
    char(*paths)[PATH_SIZE] = calloc(rows, PATH_SIZE);
    char(*hex)[HEX_SIZE] = calloc(rows, HEX_SIZE);
    int64_t *bytes = calloc(rows, sizeof(*bytes));
    sidle_status st;

    SIDLE_CHECK(paths != NULL && hex != NULL && bytes != NULL, "out of memory");
    for (size_t i = 0; i < rows; i++) {
        const sidle_array *a = i > 0 ? &content->arrays[i - 1] : NULL;
        const char *path = a != NULL ? a->path : SIDLE_CKPT_CONFIG;

        memcpy(paths[i], path, strlen(path));
        memcpy(hex[i], digests[i].hex, HEX_SIZE);
        bytes[i] = a != NULL ? sidle_array_bytes(a) : content->config_size;
    }
    st = write_text(file, SIDLE_CKPT_PATHS, PATH_SIZE, paths[0]);
    if (st == SIDLE_OK)
        st = sidle_h5_write(file, SIDLE_CKPT_BYTES, H5T_STD_I64LE, bytes, SLAB);
    if (st == SIDLE_OK)
        st = write_text(file, SIDLE_CKPT_DIGESTS, HEX_SIZE, hex[0]);
    free(bytes);
    free(hex);
    free(paths);
    return st;
}

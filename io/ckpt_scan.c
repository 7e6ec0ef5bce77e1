/* ckpt_scan.c - every data set of a file, and the bytes where it lies.
 *
 * Each must be as ckpt.c says, contiguous, of a known type and within the
 * file: what is not is told before anything is reserved or read. */
#include "io/ckpt_scan.h"

#include "io/ckpt_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int sidle_entry_is_integrity(const sidle_entry *e)
{
    return strncmp(e->array.path, SIDLE_CKPT_INTEGRITY,
                   strlen(SIDLE_CKPT_INTEGRITY)) == 0;
}

int sidle_entry_is_array(const sidle_entry *e)
{
    return !sidle_entry_is_integrity(e) &&
           strcmp(e->array.path, SIDLE_CKPT_CONFIG) != 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const sidle_entry *)a)->array.path,
                  ((const sidle_entry *)b)->array.path);
}

sidle_entry *sidle_entries_find(const sidle_entries *entries, const char *path)
{
    sidle_entry key = {0};

    if (strlen(path) >= sizeof(key.array.path) || entries->n == 0)
        return NULL;
    memcpy(key.array.path, path, strlen(path));
    return bsearch(&key, entries->all, entries->n, sizeof(key), by_path);
}

/* Type and bytes of an element, or why it is none of ours. */
static sidle_status read_type(hid_t set, sidle_entry *e)
{
    static const sidle_dtype known[] = {SIDLE_F32, SIDLE_F64, SIDLE_I32,
                                        SIDLE_I64};
    hid_t type = H5Dget_type(set);
    int code = 0;

    if (type < 0)
        return sidle_h5_fail(SIDLE_EIO, "read the type of", e->array.path);
    for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
        if (H5Tequal(type, sidle_dtype_h5(known[i])) > 0)
            code = known[i];
    if (code == 0 && H5Tget_class(type) == H5T_STRING &&
        H5Tis_variable_str(type) == 0)
        code = SIDLE_TEXT;
    e->element = (int64_t)H5Tget_size(type);
    H5Tclose(type);
    if (code == 0 || (code == SIDLE_TEXT && sidle_entry_is_array(e)))
        return sidle_fail(SIDLE_EIO,
                          "'%s' is neither float32, float64, int32 nor int64, "
                          "little-endian",
                          e->array.path);
    e->array.type = (sidle_dtype)code;
    return SIDLE_OK;
}

static sidle_status read_shape(hid_t set, sidle_entry *e, int64_t limit)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(set);
    int n = -1;

    if (space >= 0) {
        n = H5Sget_simple_extent_dims(space, dims, NULL);
        H5Sclose(space);
    }
    if (n < 0 || n > 4 || (n == 0 && sidle_entry_is_array(e)))
        return sidle_fail(SIDLE_EIO, "'%s' has not 1 to 4 dimensions",
                          e->array.path);
    e->array.n_dims = n;
    e->bytes = e->element;
    for (int i = 0; i < n; i++) {
        if (dims[i] > (hsize_t)limit ||
            (dims[i] > 0 && e->bytes > limit / (int64_t)dims[i]))
            return sidle_fail(SIDLE_EIO, "'%s' would be larger than the file",
                              e->array.path);
        e->array.dims[i] = (int64_t)dims[i];
        e->bytes *= e->array.dims[i];
    }
    return SIDLE_OK;
}

static int is_contiguous(hid_t set)
{
    hid_t list = H5Dget_create_plist(set);
    int is = list >= 0 && H5Pget_layout(list) == H5D_CONTIGUOUS &&
             H5Pget_external_count(list) == 0 && H5Pget_nfilters(list) == 0;

    if (list >= 0)
        H5Pclose(list);
    return is;
}

static sidle_status read_place(hid_t set, sidle_entry *e, int64_t limit)
{
    haddr_t at;

    if (!is_contiguous(set))
        return sidle_fail(SIDLE_EIO, "'%s' is not contiguous", e->array.path);
    if (e->bytes == 0)
        return SIDLE_OK;
    at = H5Dget_offset(set);
    if (at == HADDR_UNDEF || at > (haddr_t)limit ||
        e->bytes > limit - (int64_t)at ||
        H5Dget_storage_size(set) != (hsize_t)e->bytes)
        return sidle_fail(SIDLE_EIO,
                          "'%s' does not lie within the file's %lld bytes",
                          e->array.path, (long long)limit);
    e->offset = (int64_t)at;
    return SIDLE_OK;
}

static sidle_status describe(hid_t set, sidle_entry *e, int64_t limit)
{
    SIDLE_TRY(read_type(set, e));
    SIDLE_TRY(read_shape(set, e, limit));
    return read_place(set, e, limit);
}

static sidle_entry *add_entry(sidle_entries *entries)
{
    if (entries->n == entries->reserved) {
        entries->reserved = entries->reserved > 0 ? 2 * entries->reserved : 64;
        entries->all =
            realloc(entries->all, entries->reserved * sizeof(*entries->all));
        SIDLE_CHECK(entries->all != NULL, "out of memory");
    }
    entries->all[entries->n] = (sidle_entry){0};
    return &entries->all[entries->n++];
}

/* One link of the file; the sentence is kept, -1 ends the walk. */
static herr_t visit(hid_t root, const char *name, const H5L_info_t *link,
                    void *context)
{
    sidle_entries *entries = context;
    sidle_status st = SIDLE_OK;
    hid_t object = -1;
    sidle_entry *e;

    /* A damaged link may lead back to a group above: names then grow. */
    if (strlen(name) + 2 > sizeof(e->array.path) ||
        link->type != H5L_TYPE_HARD) {
        sidle_fail(SIDLE_EIO, "'/%.120s' is no link of ours", name);
        return -1;
    }
    object = H5Oopen(root, name, H5P_DEFAULT);
    if (object < 0)
        st = sidle_h5_fail(SIDLE_EIO, "open object", name);
    else if (H5Iget_type(object) == H5I_DATASET) {
        e = add_entry(entries);
        snprintf(e->array.path, sizeof(e->array.path), "/%s", name);
        st = describe(object, e, entries->limit);
    } else if (H5Iget_type(object) != H5I_GROUP)
        st = sidle_fail(SIDLE_EIO, "'/%s' is neither group nor data set", name);
    if (object >= 0)
        H5Oclose(object);
    return st == SIDLE_OK ? 0 : -1;
}

sidle_status sidle_entries_scan(hid_t file, sidle_entries *entries)
{
    sidle_fail(SIDLE_EIO, "its groups cannot be listed");
    if (H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, visit, entries) < 0)
        return SIDLE_EIO;
    if (entries->n > 0)
        qsort(entries->all, entries->n, sizeof(sidle_entry), by_path);
    return SIDLE_OK;
}

/* scan.c - what HDF5 says of a checkpoint.
 *
 * Each data set must be as ckpt.c says, contiguous, of a known type and within
 * the file: what is not is told before anything is reserved or read. */
#include "io/ckpt/scan.h"

#include "base/utf8.h"
#include "io/ckpt/format.h"

#include <stdio.h>
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
    /* HDF5 gives no place to an array without bytes. */
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

/* ---- the walk from group to group */

typedef struct walk {
    char path[sizeof(((sidle_array *)0)->path)]; /* "" at the root */
    int64_t limit;
    sidle_tell *tell;
    void *context;
    sidle_status answer; /* of tell(): not SIDLE_OK, the walk ends */
} walk;

/* The kept sentence; the walk goes on. */
static void tell_fault(walk *w)
{
    const char *text = sidle_fail_text();

    w->answer = w->tell(w->context, SIDLE_FOUND_FAULT, text, strlen(text));
}

static void tell_set(hid_t set, walk *w)
{
    sidle_entry e;

    memset(&e, 0, sizeof(e));
    memcpy(e.array.path, w->path, sizeof(w->path));
    if (describe(set, &e, w->limit) == SIDLE_OK)
        w->answer = w->tell(w->context, SIDLE_FOUND_SET, &e, sizeof(e));
    else
        tell_fault(w);
}

static void walk_group(hid_t group, walk *w);

static void visit_object(hid_t group, const char *name, walk *w)
{
    hid_t object = H5Oopen(group, name, H5P_DEFAULT);
    H5I_type_t type = object < 0 ? H5I_BADID : H5Iget_type(object);

    if (object < 0) {
        sidle_h5_fail(SIDLE_EIO, "open object", w->path);
        tell_fault(w);
        return;
    }
    if (type == H5I_DATASET)
        tell_set(object, w);
    else if (type == H5I_GROUP)
        walk_group(object, w);
    else {
        sidle_fail(SIDLE_EIO, "'%s' is neither group nor data set", w->path);
        tell_fault(w);
    }
    H5Oclose(object);
}

/* One link. A damaged one may lead back to a group above: names then grow, and
 * their length ends it. */
static herr_t visit_link(hid_t group, const char *name, const H5L_info_t *link,
                         void *context)
{
    walk *w = context;
    size_t length = strlen(w->path), more = strlen(name) + 1;

    if (length + more >= sizeof(w->path) || link->type != H5L_TYPE_HARD ||
        sidle_not_text(name, more - 1, "") != more - 1) {
        sidle_fail(SIDLE_EIO, "'%s/%.120s' is no link of ours", w->path, name);
        tell_fault(w);
    } else {
        w->path[length] = '/';
        memcpy(w->path + length + 1, name, more);
        visit_object(group, name, w);
        /* All of it: a finding carries the whole array. */
        memset(w->path + length, 0, sizeof(w->path) - length);
    }
    return w->answer == SIDLE_OK ? 0 : -1;
}

static void walk_group(hid_t group, walk *w)
{
    if (H5Literate(group, H5_INDEX_NAME, H5_ITER_INC, NULL, visit_link, w) >= 0)
        return;
    if (w->answer != SIDLE_OK)
        return;
    sidle_h5_fail(SIDLE_EIO, "list group", w->path[0] != 0 ? w->path : "/");
    tell_fault(w);
}

/* ---- the root */

static void read_text(hid_t file, const char *name, char *out, size_t size,
                      walk *w)
{
    if (w->answer == SIDLE_OK &&
        sidle_h5_read_text(file, name, out, size) != SIDLE_OK)
        tell_fault(w);
}

static void read_int(hid_t file, const char *name, int64_t *out, walk *w)
{
    if (w->answer == SIDLE_OK && sidle_h5_read_int(file, name, out) != SIDLE_OK)
        tell_fault(w);
}

static void tell_root(hid_t file, const sidle_ckpt_info *known, walk *w)
{
    sidle_root root;
    sidle_ckpt_info *info = &root.info;

    memset(&root, 0, sizeof(root));
    info->format_version = known->format_version;
    read_int(file, "step", &info->step, w);
    read_int(file, "update", &info->update, w);
    read_text(file, "created", info->created, sizeof(info->created), w);
    read_text(file, "program_version", info->program_version,
              sizeof(info->program_version), w);
    read_text(file, "commit", info->commit, sizeof(info->commit), w);
    if (sidle_h5_has(file, "milliseconds"))
        read_int(file, "milliseconds", &info->milliseconds, w);
    if (sidle_h5_has(file, SIDLE_CKPT_DIGEST))
        read_text(file, SIDLE_CKPT_DIGEST, root.digest.hex,
                  sizeof(root.digest.hex), w);
    if (w->answer == SIDLE_OK)
        w->answer = w->tell(w->context, SIDLE_FOUND_ROOT, &root, sizeof(root));
}

sidle_status sidle_ckpt_scan(int fd, int64_t limit, sidle_tell *tell,
                             void *context)
{
    walk w = {.limit = limit, .tell = tell, .context = context};
    sidle_ckpt_info known = {0};
    sidle_status status;
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(fd, &file));
    status = sidle_h5_read_format(file, SIDLE_CKPT_FORMAT, SIDLE_CKPT_VERSION,
                                  &known.format_version);
    if (status != SIDLE_OK) {
        sidle_fail_in(status, "not a checkpoint of Sidle");
    } else {
        tell_root(file, &known, &w);
        if (w.answer == SIDLE_OK)
            walk_group(file, &w);
        status = w.answer;
    }
    H5Fclose(file);
    return status;
}

/* ckpt_read.c - a checkpoint opened, described and checked without MPI.
 *
 * HDF5 is asked once, at the opening, where every data set lies; it must be as
 * ckpt.c says: contiguous, of a known type, and within the file. Then HDF5's
 * file is closed and the bytes are read with plain calls. No lock is taken and
 * nothing is reserved that is larger than the file. */
#include "io/ckpt_layout.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_SIZE = 32, TEXT = 's' };

/* A data set and the bytes where it lies. */
typedef struct entry {
    sidle_array array; /* its type may be TEXT, its n_dims 0 */
    int64_t element;   /* bytes of one element */
    int64_t offset, bytes;
    int is_listed; /* in /integrity */
    sidle_digest digest;
} entry;

struct sidle_ckpt {
    char *path;
    int fd;
    int64_t size; /* of the file */
    sidle_ckpt_info info;
    char *config;
    entry *entries; /* sorted by path */
    size_t n_entries, reserved;
    sidle_array *arrays;
    int n_arrays;
    int is_trusted; /* checksums are not checked */
};

static int is_integrity(const entry *e)
{
    return strncmp(e->array.path, SIDLE_CKPT_INTEGRITY,
                   strlen(SIDLE_CKPT_INTEGRITY)) == 0;
}

static int is_array(const entry *e)
{
    return !is_integrity(e) && strcmp(e->array.path, SIDLE_CKPT_CONFIG) != 0;
}

static int by_path(const void *a, const void *b)
{
    return strcmp(((const entry *)a)->array.path,
                  ((const entry *)b)->array.path);
}

static entry *find(const sidle_ckpt *ckpt, const char *path)
{
    entry key = {0};

    if (strlen(path) >= sizeof(key.array.path) || ckpt->n_entries == 0)
        return NULL;
    memcpy(key.array.path, path, strlen(path));
    return bsearch(&key, ckpt->entries, ckpt->n_entries, sizeof(key), by_path);
}

/* Type and bytes of an element, or why it is none of ours. */
static sidle_status read_type(hid_t set, entry *e)
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
        code = TEXT;
    e->element = (int64_t)H5Tget_size(type);
    H5Tclose(type);
    if (code == 0 || (code == TEXT && is_array(e)))
        return sidle_fail(SIDLE_EIO,
                          "'%s' is neither float32, float64, int32 nor int64, "
                          "little-endian",
                          e->array.path);
    e->array.type = (sidle_dtype)code;
    return SIDLE_OK;
}

static sidle_status read_shape(hid_t set, entry *e, int64_t limit)
{
    hsize_t dims[H5S_MAX_RANK];
    hid_t space = H5Dget_space(set);
    int n = -1;

    if (space >= 0) {
        n = H5Sget_simple_extent_dims(space, dims, NULL);
        H5Sclose(space);
    }
    if (n < 0 || n > 4 || (n == 0 && is_array(e)))
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

static sidle_status read_place(hid_t set, entry *e, int64_t limit)
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

static sidle_status describe(hid_t set, entry *e, int64_t limit)
{
    SIDLE_TRY(read_type(set, e));
    SIDLE_TRY(read_shape(set, e, limit));
    return read_place(set, e, limit);
}

static entry *add_entry(sidle_ckpt *ckpt)
{
    if (ckpt->n_entries == ckpt->reserved) {
        ckpt->reserved = ckpt->reserved > 0 ? 2 * ckpt->reserved : 64;
        ckpt->entries =
            realloc(ckpt->entries, ckpt->reserved * sizeof(*ckpt->entries));
        SIDLE_CHECK(ckpt->entries != NULL, "out of memory");
    }
    ckpt->entries[ckpt->n_entries] = (entry){0};
    return &ckpt->entries[ckpt->n_entries++];
}

/* One link of the file; the sentence is kept, -1 ends the walk. */
static herr_t visit(hid_t root, const char *name, const H5L_info_t *link,
                    void *context)
{
    sidle_ckpt *ckpt = context;
    sidle_status st = SIDLE_OK;
    hid_t object = -1;
    entry *e;

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
        e = add_entry(ckpt);
        snprintf(e->array.path, sizeof(e->array.path), "/%s", name);
        st = describe(object, e, ckpt->size);
    } else if (H5Iget_type(object) != H5I_GROUP)
        st = sidle_fail(SIDLE_EIO, "'/%s' is neither group nor data set", name);
    if (object >= 0)
        H5Oclose(object);
    return st == SIDLE_OK ? 0 : -1;
}

static sidle_status list_entries(hid_t file, sidle_ckpt *ckpt)
{
    sidle_fail(SIDLE_EIO, "its groups cannot be listed");
    if (H5Lvisit(file, H5_INDEX_NAME, H5_ITER_INC, visit, ckpt) < 0)
        return SIDLE_EIO;
    if (ckpt->n_entries > 0)
        qsort(ckpt->entries, ckpt->n_entries, sizeof(entry), by_path);
    return SIDLE_OK;
}

/* Is it a checkpoint at all, and one that this program knows? */
static sidle_status read_format(hid_t file, sidle_ckpt_info *info)
{
    char format[64];
    int64_t version;

    SIDLE_TRY(sidle_h5_read_text(file, "format", format, sizeof(format)));
    if (strcmp(format, SIDLE_CKPT_FORMAT) != 0)
        return sidle_fail(SIDLE_EDATA,
                          "attribute 'format' is '%s', expected '%s'", format,
                          SIDLE_CKPT_FORMAT);
    SIDLE_TRY(sidle_h5_read_int(file, "format_version", &version));
    if (version < 1 || version > SIDLE_CKPT_VERSION)
        return sidle_fail(SIDLE_EDATA,
                          "format_version is %lld, this program reads 1 to %d; "
                          "use the sidle that wrote it",
                          (long long)version, SIDLE_CKPT_VERSION);
    info->format_version = (int)version;
    return SIDLE_OK;
}

static sidle_status read_attributes(hid_t file, sidle_ckpt_info *info)
{
    SIDLE_TRY(sidle_h5_read_int(file, "step", &info->step));
    SIDLE_TRY(sidle_h5_read_int(file, "update", &info->update));
    SIDLE_TRY(sidle_h5_read_text(file, "created", info->created,
                                 sizeof(info->created)));
    SIDLE_TRY(sidle_h5_read_text(file, "program_version", info->program_version,
                                 sizeof(info->program_version)));
    return sidle_h5_read_text(file, "commit", info->commit,
                              sizeof(info->commit));
}

/* The raw bytes of a data set, one zero behind them. */
static sidle_status read_bytes(const sidle_ckpt *ckpt, const entry *e,
                               char **out)
{
    char *bytes = malloc((size_t)e->bytes + 1);

    SIDLE_CHECK(bytes != NULL, "out of memory");
    if (sidle_read_at(ckpt->fd, e->offset, e->bytes, bytes) != SIDLE_OK) {
        free(bytes);
        return sidle_fail_in(SIDLE_EIO, "'%s'", e->array.path);
    }
    bytes[e->bytes] = '\0';
    *out = bytes;
    return SIDLE_OK;
}

static sidle_status read_config(sidle_ckpt *ckpt)
{
    const entry *e = find(ckpt, SIDLE_CKPT_CONFIG);

    if (e == NULL || e->array.n_dims != 0 || (int)e->array.type != TEXT)
        return sidle_fail(SIDLE_EIO, "'/config' is missing or no text");
    return read_bytes(ckpt, e, &ckpt->config);
}

/* The three columns of /integrity as they lie in the file. */
typedef struct columns {
    char *paths, *bytes, *hex;
    int64_t rows, width;
} columns;

static sidle_status read_column(const sidle_ckpt *ckpt, const char *path,
                                int type, int64_t element, int64_t rows,
                                char **out)
{
    const entry *e = find(ckpt, path);

    if (e == NULL || (int)e->array.type != type || e->array.n_dims != 1 ||
        e->element != element || e->array.dims[0] != rows)
        return sidle_fail(SIDLE_EIO,
                          "'%s' is missing, or not one row for each of %lld "
                          "data sets",
                          path, (long long)rows);
    return read_bytes(ckpt, e, out);
}

static sidle_status take_row(sidle_ckpt *ckpt, const columns *c, int64_t row)
{
    char path[sizeof(((sidle_array *)0)->path)] = "";
    int64_t bytes;
    entry *e;

    memcpy(path, c->paths + row * c->width, (size_t)c->width);
    memcpy(&bytes, c->bytes + row * (int64_t)sizeof(bytes), sizeof(bytes));
    path[sizeof(path) - 1] = '\0';
    e = find(ckpt, path);
    if (e == NULL || is_integrity(e) || e->is_listed || e->bytes != bytes)
        return sidle_fail(SIDLE_EIO,
                          "/integrity lists '%.112s' with %lld bytes, which "
                          "the file does not hold once",
                          path, (long long)bytes);
    memcpy(e->digest.hex, c->hex + row * HEX_SIZE, HEX_SIZE);
    e->is_listed = 1;
    return SIDLE_OK;
}

/* As many rows as data sets, each listed once: then all are. */
static sidle_status read_integrity(sidle_ckpt *ckpt)
{
    columns c = {.width = sizeof(((sidle_array *)0)->path)};
    sidle_status st;

    for (size_t i = 0; i < ckpt->n_entries; i++)
        c.rows += !is_integrity(&ckpt->entries[i]);
    st = read_column(ckpt, SIDLE_CKPT_PATHS, TEXT, c.width, c.rows, &c.paths);
    if (st == SIDLE_OK)
        st =
            read_column(ckpt, SIDLE_CKPT_BYTES, SIDLE_I64, 8, c.rows, &c.bytes);
    if (st == SIDLE_OK)
        st = read_column(ckpt, SIDLE_CKPT_DIGESTS, TEXT, HEX_SIZE, c.rows,
                         &c.hex);
    for (int64_t row = 0; row < c.rows && st == SIDLE_OK; row++)
        st = take_row(ckpt, &c, row);
    free(c.hex);
    free(c.bytes);
    free(c.paths);
    return st;
}

static void make_list(sidle_ckpt *ckpt)
{
    ckpt->arrays = calloc(ckpt->n_entries + 1, sizeof(*ckpt->arrays));
    SIDLE_CHECK(ckpt->arrays != NULL, "out of memory");
    for (size_t i = 0; i < ckpt->n_entries; i++)
        if (is_array(&ckpt->entries[i]))
            ckpt->arrays[ckpt->n_arrays++] = ckpt->entries[i].array;
}

static sidle_status open_bytes(const char *path, sidle_ckpt *ckpt)
{
    struct stat info;

    ckpt->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (ckpt->fd < 0 || fstat(ckpt->fd, &info) != 0)
        return sidle_fail(SIDLE_EIO, "cannot open: %s", strerror(errno));
    ckpt->size = info.st_size;
    ckpt->path = strdup(path);
    SIDLE_CHECK(ckpt->path != NULL, "out of memory");
    return SIDLE_OK;
}

/* What is a Sidle file but not as ours are is damaged: SIDLE_EIO. */
static sidle_status read_structure(hid_t file, sidle_ckpt *ckpt)
{
    if (read_attributes(file, &ckpt->info) != SIDLE_OK ||
        list_entries(file, ckpt) != SIDLE_OK || read_config(ckpt) != SIDLE_OK ||
        read_integrity(ckpt) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "the file is damaged");
    make_list(ckpt);
    return SIDLE_OK;
}

sidle_status sidle_ckpt_open(const char *path, sidle_ckpt **ckpt_p)
{
    sidle_ckpt *ckpt;
    sidle_status st;
    hid_t file;

    SIDLE_TRY(sidle_h5_open(path, &file));
    ckpt = calloc(1, sizeof(*ckpt));
    SIDLE_CHECK(ckpt != NULL, "out of memory");
    st = open_bytes(path, ckpt);
    if (st == SIDLE_OK && (st = read_format(file, &ckpt->info)) != SIDLE_OK)
        sidle_fail_in(st, "not a checkpoint of Sidle");
    if (st == SIDLE_OK)
        st = read_structure(file, ckpt);
    H5Fclose(file);
    if (st != SIDLE_OK) {
        sidle_ckpt_close(ckpt);
        return sidle_fail_in(st, "'%s'", path);
    }
    *ckpt_p = ckpt;
    return SIDLE_OK;
}

void sidle_ckpt_close(sidle_ckpt *ckpt)
{
    if (ckpt == NULL)
        return;
    if (ckpt->fd >= 0)
        close(ckpt->fd);
    free(ckpt->arrays);
    free(ckpt->entries);
    free(ckpt->config);
    free(ckpt->path);
    free(ckpt);
}

const sidle_ckpt_info *sidle_ckpt_get_info(const sidle_ckpt *ckpt)
{
    return &ckpt->info;
}

const char *sidle_ckpt_config(const sidle_ckpt *ckpt)
{
    return ckpt->config;
}

const sidle_array *sidle_ckpt_list(const sidle_ckpt *ckpt, int *n_p)
{
    *n_p = ckpt->n_arrays;
    return ckpt->arrays;
}

static sidle_status wrong_digest(const sidle_ckpt *ckpt, const entry *e,
                                 const sidle_digest *found)
{
    return sidle_fail(SIDLE_EIO,
                      "'%s': '%s' is damaged: its checksum is %s, expected "
                      "%.32s",
                      ckpt->path, e->array.path, found->hex, e->digest.hex);
}

/* "float32 (259, 64)" */
static void tell_shape(const sidle_array *a, char *out, size_t size)
{
    int n = snprintf(out, size, "%s (", sidle_dtype_name(a->type));

    for (int i = 0; i < a->n_dims; i++)
        n += snprintf(out + n, size - (size_t)n, "%s%lld", i > 0 ? ", " : "",
                      (long long)a->dims[i]);
    snprintf(out + n, size - (size_t)n, ")");
}

static int is_same_shape(const sidle_array *a, const sidle_array *b)
{
    return a->type == b->type && a->n_dims == b->n_dims &&
           memcmp(a->dims, b->dims, (size_t)a->n_dims * sizeof(*a->dims)) == 0;
}

static sidle_status find_as(const sidle_ckpt *ckpt, const sidle_array *expected,
                            const entry **e_p)
{
    const entry *e = find(ckpt, expected->path);
    char is[128] = "missing", wanted[128];

    if (e != NULL && is_array(e) && is_same_shape(&e->array, expected)) {
        *e_p = e;
        return SIDLE_OK;
    }
    if (e != NULL)
        tell_shape(&e->array, is, sizeof(is));
    tell_shape(expected, wanted, sizeof(wanted));
    return sidle_fail(SIDLE_EDATA, "'%s': '%s' is %s, expected %s", ckpt->path,
                      expected->path, is, wanted);
}

void sidle_ckpt_trust(sidle_ckpt *ckpt)
{
    ckpt->is_trusted = 1;
}

void sidle_ckpt_library(char *out, size_t size)
{
    unsigned major = 0, minor = 0, release = 0;

    H5get_libversion(&major, &minor, &release);
    sidle_text_format(out, size, "%u.%u.%u", major, minor, release);
}

sidle_status sidle_ckpt_read(sidle_ckpt *ckpt, const sidle_array *expected,
                             void *out)
{
    const entry *e = NULL;
    sidle_digest found;

    SIDLE_TRY(find_as(ckpt, expected, &e));
    if (sidle_read_at(ckpt->fd, e->offset, e->bytes, out) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s': '%s'", ckpt->path,
                             e->array.path);
    if (ckpt->is_trusted)
        return SIDLE_OK;
    sidle_digest_memory(out, (size_t)e->bytes, &found);
    return memcmp(found.hex, e->digest.hex, HEX_SIZE) != 0
               ? wrong_digest(ckpt, e, &found)
               : SIDLE_OK;
}

static sidle_status check_entry(const sidle_ckpt *ckpt, const entry *e)
{
    sidle_digest found;

    if (sidle_digest_range(ckpt->fd, e->offset, e->bytes, &found) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s': '%s'", ckpt->path,
                             e->array.path);
    return memcmp(found.hex, e->digest.hex, HEX_SIZE) != 0
               ? wrong_digest(ckpt, e, &found)
               : SIDLE_OK;
}

sidle_status sidle_ckpt_check(const sidle_ckpt *ckpt, const char *path)
{
    const entry *e = find(ckpt, path);

    if (e == NULL || is_integrity(e))
        return sidle_fail(SIDLE_EIO, "'%s': '%s' is missing", ckpt->path, path);
    return check_entry(ckpt, e);
}

sidle_status sidle_ckpt_verify(const char *path, int *n_arrays_p,
                               int64_t *bytes_p)
{
    sidle_ckpt *ckpt = NULL;
    sidle_status st = sidle_ckpt_open(path, &ckpt);
    int64_t bytes = 0;

    for (size_t i = 0; st == SIDLE_OK && i < ckpt->n_entries; i++)
        if (!is_integrity(&ckpt->entries[i])) {
            st = check_entry(ckpt, &ckpt->entries[i]);
            bytes += ckpt->entries[i].bytes;
        }
    if (st == SIDLE_OK) {
        if (n_arrays_p != NULL)
            *n_arrays_p = ckpt->n_arrays;
        if (bytes_p != NULL)
            *bytes_p = bytes;
    }
    sidle_ckpt_close(ckpt);
    return st;
}

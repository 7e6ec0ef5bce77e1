/* ckpt_read.c - a checkpoint opened, read and checked without MPI.
 *
 * HDF5 is asked once, at the opening, where every data set lies (ckpt_scan.c);
 * then its file is closed and the bytes are read with plain calls. No lock is
 * taken and nothing is reserved that is larger than the file. */
#include "io/ckpt_layout.h"
#include "io/ckpt_scan.h"

#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { HEX_SIZE = 32 };

struct sidle_ckpt {
    char *path;
    int fd;
    sidle_ckpt_info info;
    char *config;
    sidle_entries entries;
    sidle_array *arrays;
    int n_arrays;
    int is_trusted; /* checksums are not checked */
};

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
static sidle_status read_bytes(const sidle_ckpt *ckpt, const sidle_entry *e,
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
    const sidle_entry *e =
        sidle_entries_find(&ckpt->entries, SIDLE_CKPT_CONFIG);

    if (e == NULL || e->array.n_dims != 0 || (int)e->array.type != SIDLE_TEXT)
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
    const sidle_entry *e = sidle_entries_find(&ckpt->entries, path);

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
    sidle_entry *e;

    memcpy(path, c->paths + row * c->width, (size_t)c->width);
    memcpy(&bytes, c->bytes + row * (int64_t)sizeof(bytes), sizeof(bytes));
    path[sizeof(path) - 1] = '\0';
    e = sidle_entries_find(&ckpt->entries, path);
    if (e == NULL || sidle_entry_is_integrity(e) || e->is_listed ||
        e->bytes != bytes)
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

    for (size_t i = 0; i < ckpt->entries.n; i++)
        c.rows += !sidle_entry_is_integrity(&ckpt->entries.all[i]);
    st = read_column(ckpt, SIDLE_CKPT_PATHS, SIDLE_TEXT, c.width, c.rows,
                     &c.paths);
    if (st == SIDLE_OK)
        st =
            read_column(ckpt, SIDLE_CKPT_BYTES, SIDLE_I64, 8, c.rows, &c.bytes);
    if (st == SIDLE_OK)
        st = read_column(ckpt, SIDLE_CKPT_DIGESTS, SIDLE_TEXT, HEX_SIZE, c.rows,
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
    ckpt->arrays = calloc(ckpt->entries.n + 1, sizeof(*ckpt->arrays));
    SIDLE_CHECK(ckpt->arrays != NULL, "out of memory");
    for (size_t i = 0; i < ckpt->entries.n; i++)
        if (sidle_entry_is_array(&ckpt->entries.all[i]))
            ckpt->arrays[ckpt->n_arrays++] = ckpt->entries.all[i].array;
}

static sidle_status open_bytes(const char *path, sidle_ckpt *ckpt)
{
    struct stat info;

    ckpt->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (ckpt->fd < 0 || fstat(ckpt->fd, &info) != 0)
        return sidle_fail(SIDLE_EIO, "cannot open: %s", strerror(errno));
    ckpt->entries.limit = info.st_size;
    ckpt->path = strdup(path);
    SIDLE_CHECK(ckpt->path != NULL, "out of memory");
    return SIDLE_OK;
}

/* What is a Sidle file but not as ours are is damaged: SIDLE_EIO. */
static sidle_status read_structure(hid_t file, sidle_ckpt *ckpt)
{
    if (read_attributes(file, &ckpt->info) != SIDLE_OK ||
        sidle_entries_scan(file, &ckpt->entries) != SIDLE_OK ||
        read_config(ckpt) != SIDLE_OK || read_integrity(ckpt) != SIDLE_OK)
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
    free(ckpt->entries.all);
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

static sidle_status wrong_digest(const sidle_ckpt *ckpt, const sidle_entry *e,
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
                            const sidle_entry **e_p)
{
    const sidle_entry *e = sidle_entries_find(&ckpt->entries, expected->path);
    char is[128] = "missing", wanted[128];

    if (e != NULL && sidle_entry_is_array(e) &&
        is_same_shape(&e->array, expected)) {
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
    const sidle_entry *e = NULL;
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

static sidle_status check_entry(const sidle_ckpt *ckpt, const sidle_entry *e)
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
    const sidle_entry *e = sidle_entries_find(&ckpt->entries, path);

    if (e == NULL || sidle_entry_is_integrity(e))
        return sidle_fail(SIDLE_EIO, "'%s': '%s' is missing", ckpt->path, path);
    return check_entry(ckpt, e);
}

sidle_status sidle_ckpt_verify(const char *path, int *n_arrays_p,
                               int64_t *bytes_p)
{
    sidle_ckpt *ckpt = NULL;
    sidle_status st = sidle_ckpt_open(path, &ckpt);
    int64_t bytes = 0;

    for (size_t i = 0; st == SIDLE_OK && i < ckpt->entries.n; i++)
        if (!sidle_entry_is_integrity(&ckpt->entries.all[i])) {
            st = check_entry(ckpt, &ckpt->entries.all[i]);
            bytes += ckpt->entries.all[i].bytes;
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

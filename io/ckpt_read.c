/* ckpt_read.c - a checkpoint opened, read and checked without MPI.
 *
 * HDF5 is asked once, at the opening, where every data set lies, in a process
 * of its own (ckpt_found.c); here the bytes are read with plain calls. No lock
 * is taken and nothing is reserved that is larger than the file. */
#include "io/ckpt_found.h"
#include "io/ckpt_layout.h"
#include "io/utf8.h"

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
    char *config;
    sidle_findings found;
    sidle_array *arrays;
    int n_arrays;
    int is_trusted; /* checksums are not checked */
};

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
    const sidle_entry *e = sidle_findings_find(&ckpt->found, SIDLE_CKPT_CONFIG);

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
                                int type, int64_t element, int64_t *rows,
                                char **out)
{
    const sidle_entry *e = sidle_findings_find(&ckpt->found, path);

    if (e == NULL || (int)e->array.type != type || e->array.n_dims != 1 ||
        e->element != element || (*rows >= 0 && e->array.dims[0] != *rows))
        return sidle_fail(SIDLE_EIO,
                          "'%s' is missing, of another type, or not as long "
                          "as the other columns",
                          path);
    *rows = e->array.dims[0];
    return read_bytes(ckpt, e, out);
}

/* Text and at least one zero behind it, all zeros up to the width. */
static int is_padded(const char *text, size_t width)
{
    size_t n = strnlen(text, width);

    for (size_t i = n; i < width; i++)
        if (text[i] != '\0')
            return 0;
    return n < width;
}

static sidle_status take_row(sidle_ckpt *ckpt, const columns *c, int64_t row)
{
    char path[sizeof(((sidle_array *)0)->path)] = "";
    int64_t bytes;
    sidle_entry *e;

    memcpy(path, c->paths + row * c->width, (size_t)c->width);
    memcpy(&bytes, c->bytes + row * (int64_t)sizeof(bytes), sizeof(bytes));
    path[sizeof(path) - 1] = '\0';
    e = sidle_findings_find(&ckpt->found, path);
    if (e == NULL || sidle_entry_is_integrity(e) || e->is_listed ||
        e->bytes != bytes ||
        !is_padded(c->paths + row * c->width, (size_t)c->width))
        return sidle_fail(SIDLE_EIO,
                          "/integrity lists '%.112s' with %lld bytes, which "
                          "the file does not hold once",
                          path, (long long)bytes);
    memcpy(e->digest.hex, c->hex + row * HEX_SIZE, HEX_SIZE);
    e->is_listed = 1;
    return SIDLE_OK;
}

static sidle_status read_columns(const sidle_ckpt *ckpt, columns *c)
{
    SIDLE_TRY(read_column(ckpt, SIDLE_CKPT_PATHS, SIDLE_TEXT, c->width,
                          &c->rows, &c->paths));
    SIDLE_TRY(
        read_column(ckpt, SIDLE_CKPT_BYTES, SIDLE_I64, 8, &c->rows, &c->bytes));
    return read_column(ckpt, SIDLE_CKPT_DIGESTS, SIDLE_TEXT, HEX_SIZE, &c->rows,
                       &c->hex);
}

/* Every row means a data set, and every data set has its row. */
static void read_integrity(sidle_ckpt *ckpt)
{
    columns c = {.width = sizeof(((sidle_array *)0)->path), .rows = -1};
    sidle_findings *f = &ckpt->found;

    if (read_columns(ckpt, &c) != SIDLE_OK) {
        sidle_findings_fault(f);
    } else {
        for (int64_t row = 0; row < c.rows; row++)
            if (take_row(ckpt, &c, row) != SIDLE_OK)
                sidle_findings_fault(f);
        for (size_t i = 0; i < f->n; i++)
            if (!sidle_entry_is_integrity(&f->all[i]) && !f->all[i].is_listed) {
                sidle_fail(SIDLE_EIO, "'%s' has no row in /integrity",
                           f->all[i].array.path);
                sidle_findings_fault(f);
            }
    }
    free(c.hex);
    free(c.bytes);
    free(c.paths);
}

/* The attributes are copies of what stands in data sets, but read first. */
static void check_root(sidle_ckpt *ckpt)
{
    sidle_digest found;

    if (ckpt->found.root.digest.hex[0] == '\0')
        return;
    sidle_ckpt_info_digest(&ckpt->found.root.info, &found);
    if (strcmp(found.hex, ckpt->found.root.digest.hex) == 0)
        return;
    sidle_fail(SIDLE_EIO,
               "the attributes of '/' are damaged: their checksum is %s, "
               "expected %s",
               found.hex, ckpt->found.root.digest.hex);
    sidle_findings_fault(&ckpt->found);
}

static void make_list(sidle_ckpt *ckpt)
{
    ckpt->arrays = calloc(ckpt->found.n + 1, sizeof(*ckpt->arrays));
    SIDLE_CHECK(ckpt->arrays != NULL, "out of memory");
    for (size_t i = 0; i < ckpt->found.n; i++)
        if (sidle_entry_is_array(&ckpt->found.all[i]))
            ckpt->arrays[ckpt->n_arrays++] = ckpt->found.all[i].array;
}

static sidle_status open_bytes(const char *path, sidle_ckpt *ckpt)
{
    struct stat info;

    ckpt->path = strdup(path);
    SIDLE_CHECK(ckpt->path != NULL, "out of memory");
    ckpt->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (ckpt->fd < 0 || fstat(ckpt->fd, &info) != 0)
        return sidle_fail(SIDLE_EIO, "cannot be opened: %s", strerror(errno));
    ckpt->found.limit = info.st_size;
    return sidle_h5_check_signature(ckpt->fd);
}

static sidle_status check_entry(const sidle_ckpt *ckpt, const sidle_entry *e);

/* Whatever is not as ours is becomes a fault. */
static void look_through(sidle_ckpt *ckpt)
{
    const sidle_entry *config;

    if (read_config(ckpt) != SIDLE_OK) {
        sidle_findings_fault(&ckpt->found);
        ckpt->config = strdup("");
        SIDLE_CHECK(ckpt->config != NULL, "out of memory");
    }
    read_integrity(ckpt);
    if (!ckpt->is_trusted) {
        config = sidle_findings_find(&ckpt->found, SIDLE_CKPT_CONFIG);
        if (config != NULL && config->is_listed &&
            check_entry(ckpt, config) != SIDLE_OK)
            sidle_findings_fault(&ckpt->found);
        check_root(ckpt);
    }
    make_list(ckpt);
}

/* Texts of a damaged file are for people still. */
static void make_readable(sidle_ckpt *ckpt)
{
    sidle_ckpt_info *info = &ckpt->found.root.info;

    sidle_make_text(ckpt->config);
    sidle_make_text(info->created);
    sidle_make_text(info->program_version);
    sidle_make_text(info->commit);
}

/* What is a Sidle file but not as ours are is damaged: SIDLE_EIO. */
static sidle_status open_as(int how, sidle_ckpt *ckpt)
{
    sidle_findings *f = &ckpt->found;
    sidle_status st =
        sidle_findings_gather(ckpt->fd, (how & SIDLE_CKPT_OWN) != 0, f);

    if (st != SIDLE_OK &&
        ((how & SIDLE_CKPT_SALVAGE) == 0 || f->n == 0 || f->is_unseen))
        return st;
    if (st != SIDLE_OK)
        sidle_findings_fault(f);
    look_through(ckpt);
    if (f->n_faults > 0 && (how & SIDLE_CKPT_SALVAGE) == 0)
        return sidle_fail(SIDLE_EIO, "the file is damaged: %s", f->faults[0]);
    if (f->n_faults > 0)
        make_readable(ckpt);
    return SIDLE_OK;
}

sidle_status sidle_ckpt_open_as(const char *path, int how, sidle_ckpt **ckpt_p)
{
    sidle_ckpt *ckpt = calloc(1, sizeof(*ckpt));
    sidle_status st;

    SIDLE_CHECK(ckpt != NULL, "out of memory");
    ckpt->is_trusted = (how & SIDLE_CKPT_TRUST) != 0;
    st = open_bytes(path, ckpt);
    if (st == SIDLE_OK)
        st = open_as(how, ckpt);
    if (st != SIDLE_OK) {
        sidle_ckpt_close(ckpt);
        return sidle_fail_in(st, "'%s'", path);
    }
    *ckpt_p = ckpt;
    return SIDLE_OK;
}

sidle_status sidle_ckpt_open(const char *path, sidle_ckpt **ckpt_p)
{
    return sidle_ckpt_open_as(path, SIDLE_CKPT_WHOLE, ckpt_p);
}

void sidle_ckpt_close(sidle_ckpt *ckpt)
{
    if (ckpt == NULL)
        return;
    if (ckpt->fd >= 0)
        close(ckpt->fd);
    free(ckpt->arrays);
    sidle_findings_done(&ckpt->found);
    free(ckpt->config);
    free(ckpt->path);
    free(ckpt);
}

const char *const *sidle_ckpt_faults(const sidle_ckpt *ckpt, int *n_p)
{
    *n_p = ckpt->found.n_faults;
    return (const char *const *)ckpt->found.faults;
}

const sidle_ckpt_info *sidle_ckpt_get_info(const sidle_ckpt *ckpt)
{
    return &ckpt->found.root.info;
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

static sidle_status wrong_digest(const sidle_entry *e,
                                 const sidle_digest *found)
{
    if (!e->is_listed)
        return sidle_fail(SIDLE_EIO, "'%s' has no checksum", e->array.path);
    return sidle_fail(SIDLE_EIO,
                      "'%s' is damaged: its checksum is %s, expected %.32s",
                      e->array.path, found->hex, e->digest.hex);
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
    const sidle_entry *e = sidle_findings_find(&ckpt->found, expected->path);
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

static sidle_status read_entry(const sidle_ckpt *ckpt, const sidle_entry *e,
                               void *out)
{
    sidle_digest found;

    if (sidle_read_at(ckpt->fd, e->offset, e->bytes, out) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", e->array.path);
    if (ckpt->is_trusted)
        return SIDLE_OK;
    sidle_digest_memory(out, (size_t)e->bytes, &found);
    return memcmp(found.hex, e->digest.hex, HEX_SIZE) != 0
               ? wrong_digest(e, &found)
               : SIDLE_OK;
}

sidle_status sidle_ckpt_read(sidle_ckpt *ckpt, const sidle_array *expected,
                             void *out)
{
    const sidle_entry *e = NULL;

    SIDLE_TRY(find_as(ckpt, expected, &e));
    if (read_entry(ckpt, e, out) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
    return SIDLE_OK;
}

static sidle_status check_entry(const sidle_ckpt *ckpt, const sidle_entry *e)
{
    sidle_digest found;

    if (sidle_digest_range(ckpt->fd, e->offset, e->bytes, &found) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", e->array.path);
    return memcmp(found.hex, e->digest.hex, HEX_SIZE) != 0
               ? wrong_digest(e, &found)
               : SIDLE_OK;
}

sidle_status sidle_ckpt_check(const sidle_ckpt *ckpt, const char *path)
{
    const sidle_entry *e = sidle_findings_find(&ckpt->found, path);

    if (e == NULL || sidle_entry_is_integrity(e))
        return sidle_fail(SIDLE_EIO, "'%s': '%s' is missing", ckpt->path, path);
    if (check_entry(ckpt, e) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
    return SIDLE_OK;
}

static sidle_status check_all(const sidle_ckpt *ckpt, int64_t *bytes_p)
{
    *bytes_p = 0;
    for (size_t i = 0; i < ckpt->found.n; i++) {
        const sidle_entry *e = &ckpt->found.all[i];

        if (sidle_entry_is_integrity(e))
            continue;
        if (check_entry(ckpt, e) != SIDLE_OK)
            return sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
        *bytes_p += e->bytes;
    }
    return SIDLE_OK;
}

sidle_status sidle_ckpt_verify(const char *path, int *n_arrays_p,
                               int64_t *bytes_p)
{
    sidle_ckpt *ckpt = NULL;
    int64_t bytes = 0;
    sidle_status st = sidle_ckpt_open(path, &ckpt);

    if (st == SIDLE_OK)
        st = check_all(ckpt, &bytes);
    if (st == SIDLE_OK && n_arrays_p != NULL)
        *n_arrays_p = ckpt->n_arrays;
    if (st == SIDLE_OK && bytes_p != NULL)
        *bytes_p = bytes;
    sidle_ckpt_close(ckpt);
    return st;
}

/* Nobody knows whether a file is damaged whose bytes do not come. */
static int can_be_read(const sidle_ckpt *ckpt)
{
    sidle_digest any;

    if (ckpt->fd < 0)
        return 0;
    if (sidle_digest_range(ckpt->fd, 0, ckpt->found.limit, &any) == SIDLE_OK)
        return 1;
    sidle_fail_in(SIDLE_EIO, "'%s'", ckpt->path);
    return 0;
}

static sidle_status judge_once(const char *path, int64_t *step_p,
                               int *is_damaged_p)
{
    sidle_ckpt *ckpt = calloc(1, sizeof(*ckpt));
    int64_t bytes;
    sidle_status st;

    SIDLE_CHECK(ckpt != NULL, "out of memory");
    st = open_bytes(path, ckpt);
    if (st == SIDLE_OK)
        st = open_as(SIDLE_CKPT_WHOLE, ckpt);
    if (st != SIDLE_OK)
        sidle_fail_in(st, "'%s'", path);
    else
        st = check_all(ckpt, &bytes);
    *is_damaged_p =
        st != SIDLE_OK && !ckpt->found.is_unseen && can_be_read(ckpt);
    if (st != SIDLE_OK && !*is_damaged_p)
        st = SIDLE_EIO;
    if (st == SIDLE_OK)
        *step_p = ckpt->found.root.info.step;
    sidle_ckpt_close(ckpt);
    return st;
}

sidle_status sidle_ckpt_judge(const char *path, int64_t *step_p,
                              int *is_damaged_p)
{
    sidle_status st = judge_once(path, step_p, is_damaged_p);

    /* A read may have failed that would not now. */
    if (*is_damaged_p)
        st = judge_once(path, step_p, is_damaged_p);
    return st;
}

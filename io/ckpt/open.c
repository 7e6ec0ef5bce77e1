/* open.c - a checkpoint opened: what it holds, and what in it is not as in
 * ours.
 *
 * HDF5 is asked once, here, where every data set lies, in a process of its own
 * (found.c). No lock is taken and nothing is reserved that is larger than
 * the file. */
#include "io/ckpt/format.h"
#include "io/ckpt/inside.h"

#include "base/text.h"
#include "base/utf8.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
    memcpy(e->digest.hex, c->hex + row * SIDLE_CKPT_HEX_SIZE,
           SIDLE_CKPT_HEX_SIZE);
    e->is_listed = 1;
    return SIDLE_OK;
}

static sidle_status read_columns(const sidle_ckpt *ckpt, columns *c)
{
    SIDLE_TRY(read_column(ckpt, SIDLE_CKPT_PATHS, SIDLE_TEXT, c->width,
                          &c->rows, &c->paths));
    SIDLE_TRY(
        read_column(ckpt, SIDLE_CKPT_BYTES, SIDLE_I64, 8, &c->rows, &c->bytes));
    return read_column(ckpt, SIDLE_CKPT_DIGESTS, SIDLE_TEXT,
                       SIDLE_CKPT_HEX_SIZE, &c->rows, &c->hex);
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

void sidle_ckpt_make_list(sidle_ckpt *ckpt)
{
    ckpt->arrays = calloc(ckpt->found.n + 1, sizeof(*ckpt->arrays));
    SIDLE_CHECK(ckpt->arrays != NULL, "out of memory");
    for (size_t i = 0; i < ckpt->found.n; i++)
        if (sidle_entry_is_array(&ckpt->found.all[i]))
            ckpt->arrays[ckpt->n_arrays++] = ckpt->found.all[i].array;
}

static sidle_status take_bytes(int fd, const char *path, sidle_ckpt *ckpt)
{
    struct stat info;

    ckpt->path = strdup(path);
    SIDLE_CHECK(ckpt->path != NULL, "out of memory");
    ckpt->fd = fd;
    if (ckpt->fd < 0 || fstat(ckpt->fd, &info) != 0)
        return sidle_fail(SIDLE_EIO, "cannot be opened: %s", strerror(errno));
    ckpt->found.limit = info.st_size;
    return sidle_h5_check_signature(ckpt->fd);
}

sidle_status sidle_ckpt_open_bytes(const char *path, sidle_ckpt *ckpt)
{
    /* Not to wait for the writer of a pipe that has this name. */
    return take_bytes(open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), path,
                      ckpt);
}

/* Whatever is not as ours is becomes a fault. */
static void look_through(sidle_ckpt *ckpt)
{
    const sidle_entry *config;

    if (read_config(ckpt) != SIDLE_OK) {
        sidle_findings_fault(&ckpt->found);
        ckpt->config = strdup("");
        SIDLE_CHECK(ckpt->config != NULL, "out of memory");
    }
    if (!ckpt->is_trusted) {
        read_integrity(ckpt);
        config = sidle_findings_find(&ckpt->found, SIDLE_CKPT_CONFIG);
        if (config != NULL && config->is_listed &&
            sidle_ckpt_check_entry(ckpt, config) != SIDLE_OK)
            sidle_findings_fault(&ckpt->found);
        check_root(ckpt);
    }
    sidle_ckpt_make_list(ckpt);
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
sidle_status sidle_ckpt_look_into(int how, sidle_ckpt *ckpt)
{
    sidle_findings *f = &ckpt->found;
    sidle_status status =
        sidle_findings_gather(ckpt->fd, (how & SIDLE_CKPT_OWN) != 0, f);

    if (status != SIDLE_OK &&
        ((how & SIDLE_CKPT_SALVAGE) == 0 || f->n == 0 || f->is_unseen))
        return status;
    if (status != SIDLE_OK)
        sidle_findings_fault(f);
    look_through(ckpt);
    if (f->n_faults > 0 && (how & SIDLE_CKPT_SALVAGE) == 0)
        return sidle_fail(SIDLE_EIO, "the file is damaged: %s", f->faults[0]);
    if (f->n_faults > 0)
        make_readable(ckpt);
    return SIDLE_OK;
}

/* A file whose bytes can be read, or could not (`status`), and what is in it.
 */
static sidle_status open_rest(sidle_status status, const char *path, int how,
                              sidle_ckpt *ckpt, sidle_ckpt **ckpt_p)
{
    ckpt->is_trusted = (how & SIDLE_CKPT_TRUST) != 0;
    if (status == SIDLE_OK)
        status = sidle_ckpt_look_into(how, ckpt);
    if (status != SIDLE_OK) {
        sidle_ckpt_close(ckpt);
        return sidle_fail_in(status, "'%s'", path);
    }
    *ckpt_p = ckpt;
    return SIDLE_OK;
}

sidle_ckpt *sidle_ckpt_new(void)
{
    sidle_ckpt *ckpt = calloc(1, sizeof(*ckpt));

    SIDLE_CHECK(ckpt != NULL, "out of memory");
    ckpt->fd = -1;
    return ckpt;
}

sidle_status sidle_ckpt_open_as(const char *path, int how, sidle_ckpt **ckpt_p)
{
    sidle_ckpt *ckpt = sidle_ckpt_new();

    return open_rest(sidle_ckpt_open_bytes(path, ckpt), path, how, ckpt,
                     ckpt_p);
}

sidle_status sidle_ckpt_open_own(int fd, const char *path, sidle_ckpt **ckpt_p)
{
    sidle_ckpt *ckpt = sidle_ckpt_new();
    /* A descriptor of its own, because sidle_ckpt_close() closes it. */
    sidle_status status = take_bytes(fcntl(fd, F_DUPFD_CLOEXEC, 0), path, ckpt);

    return open_rest(status, path, SIDLE_CKPT_OWN, ckpt, ckpt_p);
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

const char *const *sidle_ckpt_faults(const sidle_ckpt *ckpt, int *n_p)
{
    *n_p = ckpt->found.n_faults;
    return (const char *const *)ckpt->found.faults;
}

const sidle_ckpt_info *sidle_ckpt_get_info(const sidle_ckpt *ckpt)
{
    return &ckpt->found.root.info;
}

const char *sidle_ckpt_path(const sidle_ckpt *ckpt)
{
    return ckpt->path;
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

int sidle_ckpt_has(const sidle_ckpt *ckpt, const char *path)
{
    int n;
    const sidle_array *arrays = sidle_ckpt_list(ckpt, &n);

    for (int i = 0; i < n; i++)
        if (strcmp(arrays[i].path, path) == 0)
            return 1;
    return 0;
}

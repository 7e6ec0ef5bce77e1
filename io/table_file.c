/* table_file.c - columns of an HDF5 file, written slab by slab.
 *
 * HDF5 cannot close a file that it could not write: what it keeps for the file
 * it writes again then, and at the end of the process, and fails again, or
 * crashes. Room on the disk is therefore reserved before HDF5 needs it. */
#include "io/table_file.h"

#include "io/data_file.h"
#include "io/h5.h"
#include "io/output.h"
#include "io/space.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    SLAB_BYTES = 1 << 20, /* of a column, at most */
    SLAB_ROWS = 4096,     /* at most */
    MARGIN = 1 << 18      /* bytes of what HDF5 notes about a slab, and more */
};

typedef struct column {
    sidle_table_column form;
    hid_t set, type;
    size_t bytes; /* of a cell */
    unsigned char *slab;
} column;

struct sidle_table_file {
    sidle_output output;
    char *path; /* as the user gave it */
    hid_t file;
    int fd; /* of the same file, to reserve room for it */
    column columns[SIDLE_TABLE_MOST];
    int n_columns;
    int64_t n_written, n_slab, slab_rows;
    int is_broken; /* all the same: it stays open */
};

static sidle_status broken(sidle_table_file *t)
{
    t->is_broken = 1;
    return sidle_h5_fail(SIDLE_EIO, "write", t->path);
}

static sidle_status check_limit(const sidle_table_file *t, int64_t bytes)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_FSIZE, &limit) != 0 ||
        limit.rlim_cur == RLIM_INFINITY || (int64_t)limit.rlim_cur >= bytes)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EIO,
                      "cannot write '%s': %s: the limit of a file is %llu "
                      "bytes; raise it with ulimit -f",
                      t->path, strerror(EFBIG),
                      (unsigned long long)limit.rlim_cur);
}

/* For so many bytes more than HDF5 has taken. */
static sidle_status make_room(const sidle_table_file *t, int64_t more)
{
    hsize_t now = 0;

    if (t->file >= 0)
        H5Fget_filesize(t->file, &now);
    more += (int64_t)now + MARGIN;
    SIDLE_TRY(check_limit(t, more));
    if (sidle_space_keep(t->fd, more) != SIDLE_OK)
        return sidle_fail_in(SIDLE_EIO, "cannot write '%s'", t->path);
    return SIDLE_OK;
}

/* ---- the columns */

static hid_t type_of(char type)
{
    switch (type) {
    case 'q':
        return H5T_STD_I64LE;
    case 'i':
        return H5T_STD_I32LE;
    case 'f':
        return H5T_IEEE_F32LE;
    default:
        return H5T_STD_U8LE;
    }
}

static void set_form(column *c, const sidle_table_column *form)
{
    c->form = *form;
    c->type = type_of(form->type);
    c->bytes = H5Tget_size(c->type);
    for (int i = 0; i < form->n_dims; i++)
        c->bytes *= (size_t)form->dims[i];
}

/* Rows that all columns keep in memory. */
static int64_t rows_of_slab(const sidle_table_file *t)
{
    size_t widest = 1;

    for (int i = 0; i < t->n_columns; i++)
        if (t->columns[i].bytes > widest)
            widest = t->columns[i].bytes;
    if (widest >= SLAB_BYTES)
        return 1;
    return SLAB_BYTES / widest < SLAB_ROWS ? (int64_t)(SLAB_BYTES / widest)
                                           : SLAB_ROWS;
}

/* A shape of `n` rows of a column. */
static void shape_of(const column *c, int64_t n, hsize_t shape[4])
{
    shape[0] = (hsize_t)n;
    for (int i = 0; i < c->form.n_dims; i++)
        shape[i + 1] = (hsize_t)c->form.dims[i];
}

static sidle_status make_set(sidle_table_file *t, column *c)
{
    int n_dims = c->form.n_dims + 1;
    hsize_t size[4], most[4], chunk[4];
    hid_t recipe = H5Pcreate(H5P_DATASET_CREATE), space;

    shape_of(c, 0, size);
    shape_of(c, 0, most);
    most[0] = H5S_UNLIMITED;
    shape_of(c, t->slab_rows, chunk);
    space = H5Screate_simple(n_dims, size, most);
    H5Pset_chunk(recipe, n_dims, chunk);
    /* Without times, so that equal rows make equal files. */
    H5Pset_obj_track_times(recipe, 0);
    c->set = H5Dcreate2(t->file, c->form.name, c->type, space, H5P_DEFAULT,
                        recipe, H5P_DEFAULT);
    H5Sclose(space);
    H5Pclose(recipe);
    c->slab = malloc((size_t)t->slab_rows * c->bytes);
    if (c->slab == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for rows of a file");
    return c->set >= 0 ? SIDLE_OK : broken(t);
}

/* ---- the file */

static sidle_status check_target(const char *path, const char *expected)
{
    char format[32];

    if (access(path, F_OK) != 0)
        return SIDLE_OK;
    sidle_data_file_format(path, format, sizeof(format));
    if (strcmp(format, expected) == 0)
        return SIDLE_OK;
    return sidle_fail(SIDLE_EUSAGE,
                      "'%s' is there and is no file of format \"%s\"; name "
                      "another file for the output, or remove this one",
                      path, expected);
}

static sidle_status make_file(sidle_table_file *t, const char *format)
{
    t->fd = open(t->output.path, O_WRONLY | O_CLOEXEC);
    if (t->fd < 0)
        return sidle_fail(SIDLE_EIO, "cannot write '%s': %s", t->path,
                          strerror(errno));
    SIDLE_TRY(make_room(t, 0));
    sidle_h5_quiet();
    t->file =
        H5Fcreate(t->output.path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (t->file < 0)
        return sidle_h5_fail(SIDLE_EIO, "make", t->path);
    SIDLE_TRY(make_room(t, 0)); /* what was kept went with the old bytes */
    SIDLE_TRY(sidle_table_file_text(t, "format", format));
    SIDLE_TRY(sidle_table_file_int(t, "format_version", 1));
    t->slab_rows = rows_of_slab(t);
    for (int i = 0; i < t->n_columns; i++)
        SIDLE_TRY(make_set(t, &t->columns[i]));
    return SIDLE_OK;
}

sidle_status sidle_table_file_open(const char *path, const char *format,
                                   const sidle_table_column *columns, int n,
                                   sidle_table_file **table_p)
{
    sidle_table_file *t;
    sidle_output output;
    sidle_status status;

    SIDLE_CHECK(n <= SIDLE_TABLE_MOST, "%d columns", n);
    SIDLE_TRY(check_target(path, format));
    SIDLE_TRY(sidle_output_begin(path, &output));
    t = calloc(1, sizeof(*t));
    if (t != NULL)
        t->path = strdup(path);
    if (t == NULL || t->path == NULL) {
        free(t);
        return sidle_output_end(
            &output, sidle_fail(SIDLE_EINTERNAL, "no memory for a file"));
    }
    t->output = output;
    t->file = t->fd = -1;
    t->n_columns = n;
    for (int i = 0; i < n; i++) {
        set_form(&t->columns[i], &columns[i]);
        t->columns[i].set = -1;
    }
    status = make_file(t, format);
    if (status != SIDLE_OK)
        return sidle_table_file_close(t, status);
    *table_p = t;
    return SIDLE_OK;
}

sidle_status sidle_table_file_text(sidle_table_file *t, const char *name,
                                   const char *text)
{
    sidle_status status = sidle_h5_write_text(t->file, name, text);

    t->is_broken |= status != SIDLE_OK;
    return status;
}

sidle_status sidle_table_file_int(sidle_table_file *t, const char *name,
                                  int64_t value)
{
    sidle_status status = sidle_h5_write_int(t->file, name, value);

    t->is_broken |= status != SIDLE_OK;
    return status;
}

/* ---- rows */

static hid_t memory_type(char type)
{
    switch (type) {
    case 'q':
        return H5T_NATIVE_INT64;
    case 'i':
        return H5T_NATIVE_INT32;
    case 'f':
        return H5T_NATIVE_FLOAT;
    default:
        return H5T_NATIVE_UINT8;
    }
}

static sidle_status write_column(sidle_table_file *t, const column *c)
{
    hsize_t size[4], from[4] = {(hsize_t)t->n_written, 0, 0, 0}, count[4];
    hid_t space, memory;
    int is_done;

    shape_of(c, t->n_written + t->n_slab, size);
    shape_of(c, t->n_slab, count);
    if (H5Dset_extent(c->set, size) < 0)
        return broken(t);
    space = H5Dget_space(c->set);
    memory = H5Screate_simple(c->form.n_dims + 1, count, NULL);
    H5Sselect_hyperslab(space, H5S_SELECT_SET, from, NULL, count, NULL);
    is_done = H5Dwrite(c->set, memory_type(c->form.type), memory, space,
                       H5P_DEFAULT, c->slab) >= 0;
    H5Sclose(memory);
    H5Sclose(space);
    return is_done ? SIDLE_OK : broken(t);
}

static sidle_status write_slab(sidle_table_file *t)
{
    int64_t of_row = 0;

    for (int i = 0; i < t->n_columns; i++)
        of_row += (int64_t)t->columns[i].bytes;
    SIDLE_TRY(make_room(t, t->slab_rows * of_row));
    for (int i = 0; t->n_slab > 0 && i < t->n_columns; i++)
        SIDLE_TRY(write_column(t, &t->columns[i]));
    t->n_written += t->n_slab;
    t->n_slab = 0;
    return SIDLE_OK;
}

sidle_status sidle_table_file_add(sidle_table_file *t, const void *const *cells)
{
    for (int i = 0; i < t->n_columns; i++) {
        const column *c = &t->columns[i];

        memcpy(c->slab + (size_t)t->n_slab * c->bytes, cells[i], c->bytes);
    }
    return ++t->n_slab < t->slab_rows ? SIDLE_OK : write_slab(t);
}

/* ---- end */

/* A full disk can show here first: HDF5 and the system keep what was written
 * until then. */
static sidle_status complete(sidle_table_file *t)
{
    SIDLE_TRY(write_slab(t));
    return H5Fflush(t->file, H5F_SCOPE_LOCAL) >= 0 ? SIDLE_OK : broken(t);
}

static void close_handles(const sidle_table_file *t)
{
    for (int i = 0; i < t->n_columns; i++)
        if (t->columns[i].set >= 0)
            H5Dclose(t->columns[i].set);
    if (t->file >= 0)
        H5Fclose(t->file);
}

sidle_status sidle_table_file_close(sidle_table_file *t, sidle_status status)
{
    if (t == NULL)
        return status;
    if (status == SIDLE_OK)
        status = complete(t);
    /* Where nothing is reserved, HDF5 stays as it is until the end. */
    if (!t->is_broken)
        close_handles(t);
    else
        H5dont_atexit();
    for (int i = 0; i < t->n_columns; i++)
        free(t->columns[i].slab);
    if (t->fd >= 0)
        close(t->fd);
    status = sidle_output_end(&t->output, status);
    free(t->path);
    free(t);
    return status;
}

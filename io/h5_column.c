/* h5_column.c - integers of an open file. */
#include "io/h5_column.h"

#include "io/h5.h"
#include "io/h5_set.h"

#include <stdio.h>
#include <string.h>

/* Deflate makes 1032 bytes of one at most: no honest data set is longer than
 * this for each byte that it has in the file. Without a filter it is not longer
 * than these bytes. So many elements nobody asks about. */
enum { MOST_PER_BYTE = 2048, FEW = 4096 };

/* "float64 (12, 3)" */
static void tell_shape(hid_t set, hid_t space, char *out, size_t size)
{
    hid_t type = H5Dget_type(set);
    H5T_class_t class = type >= 0 ? H5Tget_class(type) : H5T_NO_CLASS;
    int bits = type >= 0 ? (int)(8 * H5Tget_size(type)) : 0;
    int n_dims = H5Sget_simple_extent_ndims(space);
    hsize_t dims[H5S_MAX_RANK] = {0};
    size_t at;

    if (class == H5T_INTEGER)
        snprintf(out, size, "%sint%d",
                 H5Tget_sign(type) == H5T_SGN_NONE ? "u" : "", bits);
    else if (class == H5T_FLOAT)
        snprintf(out, size, "float%d", bits);
    else
        snprintf(out, size, class == H5T_STRING ? "text" : "of another type");
    if (type >= 0)
        H5Tclose(type);
    H5Sget_simple_extent_dims(space, dims, NULL);
    at = strlen(out);
    at += (size_t)snprintf(out + at, size - at, " (");
    for (int i = 0; i < n_dims && at + 24 < size; i++)
        at += (size_t)snprintf(out + at, size - at, "%s%llu", i > 0 ? ", " : "",
                               (unsigned long long)dims[i]);
    if (at + 2 < size)
        snprintf(out + at, size - at, ")");
}

static int is_integer(hid_t set)
{
    hid_t type = H5Dget_type(set);
    int is = type >= 0 && H5Tget_class(type) == H5T_INTEGER;

    if (type >= 0)
        H5Tclose(type);
    return is;
}

int sidle_h5_column_is_bytes(const sidle_h5_column *c)
{
    hid_t type = H5Dget_type(c->set);
    int is = type >= 0 && H5Tget_size(type) == 1 &&
             H5Tget_sign(type) == H5T_SGN_NONE;

    if (type >= 0)
        H5Tclose(type);
    return is;
}

static int has_filters(hid_t set)
{
    hid_t list = H5Dget_create_plist(set);
    int has = list >= 0 && H5Pget_nfilters(list) != 0;

    if (list >= 0)
        H5Pclose(list);
    return has;
}

/* Of elements, in the bytes that the set has in a file of `size` bytes. */
static hsize_t most_elements(hid_t set, int64_t size)
{
    hid_t type = H5Dget_type(set);
    hsize_t element = type >= 0 ? H5Tget_size(type) : 0;
    hsize_t bytes = H5Dget_storage_size(set);

    if (type >= 0)
        H5Tclose(type);
    if (bytes > (hsize_t)size)
        bytes = (hsize_t)size;
    if (has_filters(set))
        bytes *= MOST_PER_BYTE;
    return FEW + (element > 0 ? bytes / element : 0);
}

static sidle_status check_claim(sidle_h5_column *c, const hsize_t *dims,
                                int n_dims, int64_t size)
{
    hsize_t most = most_elements(c->set, size), n = 1;
    int is_beyond = 0;

    for (int i = 0; i < n_dims; i++) {
        is_beyond |= dims[i] > most || (dims[i] > 0 && n > most / dims[i]);
        n = is_beyond || dims[i] == 0 ? n : n * dims[i];
        c->dims[i] = (int64_t)dims[i];
    }
    if (!is_beyond)
        return SIDLE_OK;
    if (n_dims == 1)
        return sidle_fail(
            SIDLE_EDATA, "'/%s' claims %llu elements in a file of %lld bytes",
            c->name, (unsigned long long)dims[0], (long long)size);
    return sidle_fail(SIDLE_EDATA,
                      "'/%s' claims more elements than a file of %lld bytes "
                      "can hold",
                      c->name, (long long)size);
}

static sidle_status check_column(sidle_h5_column *c, int n_dims, int64_t size)
{
    hsize_t dims[H5S_MAX_RANK];
    char found[128];

    if (!is_integer(c->set) || H5Sget_simple_extent_ndims(c->space) != n_dims) {
        tell_shape(c->set, c->space, found, sizeof(found));
        return sidle_fail(
            SIDLE_EDATA, "'/%s' is not %s of integers, but %s", c->name,
            n_dims == 1 ? "one dimension" : "four dimensions", found);
    }
    H5Sget_simple_extent_dims(c->space, dims, NULL);
    return check_claim(c, dims, n_dims, size);
}

sidle_status sidle_h5_column_open(hid_t file, const char *name, int n_dims,
                                  int64_t size, sidle_h5_column *c)
{
    sidle_status status;

    *c = (sidle_h5_column){.set = -1, .space = -1, .name = name};
    SIDLE_TRY(sidle_h5_open_set(file, name, &c->set));
    c->space = H5Dget_space(c->set);
    status = check_column(c, n_dims, size);
    if (status != SIDLE_OK)
        sidle_h5_column_close(c);
    return status;
}

sidle_status sidle_h5_column_read(const sidle_h5_column *c, int64_t from,
                                  int64_t n, int64_t *out)
{
    hsize_t start = (hsize_t)from, count = (hsize_t)n;
    hid_t memory = H5Screate_simple(1, &count, NULL);
    herr_t code = H5Sselect_hyperslab(c->space, H5S_SELECT_SET, &start, NULL,
                                      &count, NULL);
    sidle_status status = SIDLE_OK;

    if (code >= 0)
        code = H5Dread(c->set, H5T_NATIVE_INT64, memory, c->space, H5P_DEFAULT,
                       out);
    if (code < 0)
        status = sidle_h5_read_fail(c->set, c->name);
    H5Sclose(memory);
    return status;
}

sidle_status sidle_h5_column_probe(const sidle_h5_column *c)
{
    hsize_t start[SIDLE_H5_MAX_DIMS] = {0}, count[SIDLE_H5_MAX_DIMS], one = 1;
    hid_t memory = H5Screate_simple(1, &one, NULL);
    int64_t value;
    herr_t code = 0;
    sidle_status status = SIDLE_OK;

    for (int i = 0; i < SIDLE_H5_MAX_DIMS; i++)
        count[i] = 1;
    if (H5Sget_simple_extent_npoints(c->space) > 0)
        code = H5Sselect_hyperslab(c->space, H5S_SELECT_SET, start, NULL, count,
                                   NULL);
    if (code >= 0 && H5Sget_simple_extent_npoints(c->space) > 0)
        code = H5Dread(c->set, H5T_NATIVE_INT64, memory, c->space, H5P_DEFAULT,
                       &value);
    if (code < 0)
        status = sidle_h5_read_fail(c->set, c->name);
    H5Sclose(memory);
    return status;
}

int sidle_h5_column_chunk_dims(const sidle_h5_column *c,
                               hsize_t dims[SIDLE_H5_MAX_DIMS])
{
    hid_t list = H5Dget_create_plist(c->set);
    int is_chunked = list >= 0 && H5Pget_layout(list) == H5D_CHUNKED &&
                     H5Pget_chunk(list, SIDLE_H5_MAX_DIMS, dims) ==
                         H5Sget_simple_extent_ndims(c->space);

    if (list >= 0)
        H5Pclose(list);
    return is_chunked;
}

/* To the next chunk; 0 behind the last one. */
static int advance(const sidle_h5_column *c, int n_dims, const hsize_t *chunk,
                   hsize_t *at)
{
    for (int i = n_dims - 1; i >= 0; i--) {
        at[i] += chunk[i];
        if (at[i] < (hsize_t)c->dims[i])
            return 1;
        at[i] = 0;
    }
    return 0;
}

sidle_status sidle_h5_column_find_chunks(const sidle_h5_column *c)
{
    hsize_t chunk[SIDLE_H5_MAX_DIMS], at[SIDLE_H5_MAX_DIMS] = {0}, bytes;
    int n_dims = H5Sget_simple_extent_ndims(c->space);
    unsigned filters;
    haddr_t address;

    if (!sidle_h5_column_chunk_dims(c, chunk) ||
        H5Sget_simple_extent_npoints(c->space) <= 0)
        return SIDLE_OK;
    do
        if (H5Dget_chunk_info_by_coord(c->set, at, &filters, &address, &bytes) <
            0)
            return sidle_h5_fail(SIDLE_EDATA, "find the chunks of", c->name);
    while (advance(c, n_dims, chunk, at));
    return SIDLE_OK;
}

void sidle_h5_column_close(sidle_h5_column *c)
{
    if (c->space >= 0)
        H5Sclose(c->space);
    if (c->set >= 0)
        H5Dclose(c->set);
    c->space = c->set = -1;
}

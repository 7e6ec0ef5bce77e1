/* token_scan.c - the child's side of a file of tokens: HDF5, and frames. */
#include "io/token_scan.h"

#include "io/fence.h"
#include "io/h5.h"

#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };
/* Deflate makes 1032 bytes of one at most: no honest data set is longer than
 * this for each byte that it has in the file. Without a filter it is not longer
 * than these bytes. So many elements nobody asks about. */
enum { MOST_PER_BYTE = 2048, FEW = 4096 };

/* A list of integers in an open file. */
typedef struct column {
    hid_t set, space;
    int64_t n;
} column;

static void column_close(column *c)
{
    if (c->space >= 0)
        H5Sclose(c->space);
    if (c->set >= 0)
        H5Dclose(c->set);
}

static int is_integer(hid_t set)
{
    hid_t type = H5Dget_type(set);
    int is = type >= 0 && H5Tget_class(type) == H5T_INTEGER;

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

/* One dimension of integers, not more than a file of `size` bytes holds. */
static sidle_status column_open(hid_t file, const char *name, int64_t size,
                                column *c)
{
    hsize_t n = 0;

    *c = (column){-1, -1, 0};
    if (H5Lexists(file, name, H5P_DEFAULT) > 0)
        c->set = H5Dopen2(file, name, H5P_DEFAULT);
    if (c->set < 0)
        return sidle_fail(SIDLE_EDATA, "data set '/%s' is missing", name);
    c->space = H5Dget_space(c->set);
    if (!is_integer(c->set) || H5Sget_simple_extent_ndims(c->space) != 1) {
        column_close(c);
        return sidle_fail(SIDLE_EDATA, "'/%s' is not one dimension of integers",
                          name);
    }
    H5Sget_simple_extent_dims(c->space, &n, NULL);
    if (n > most_elements(c->set, size)) {
        column_close(c);
        return sidle_fail(SIDLE_EDATA,
                          "'/%s' claims %llu elements in a file of %lld bytes",
                          name, (unsigned long long)n, (long long)size);
    }
    c->n = (int64_t)n;
    return SIDLE_OK;
}

static sidle_status column_read(const column *c, const char *name, int64_t from,
                                int64_t n, int64_t *out)
{
    hsize_t start = (hsize_t)from, count = (hsize_t)n;
    hid_t memory = H5Screate_simple(1, &count, NULL);
    herr_t code = H5Sselect_hyperslab(c->space, H5S_SELECT_SET, &start, NULL,
                                      &count, NULL);

    if (code >= 0)
        code = H5Dread(c->set, H5T_NATIVE_INT64, memory, c->space, H5P_DEFAULT,
                       out);
    if (code < 0)
        sidle_h5_fail(SIDLE_EIO, "read data set", name);
    H5Sclose(memory);
    return code < 0 ? SIDLE_EIO : SIDLE_OK;
}

static sidle_status check_attributes(hid_t file, int64_t vocab)
{
    char format[64];
    int64_t version, found;

    SIDLE_TRY(sidle_h5_read_text(file, "format", format, sizeof(format)));
    if (strcmp(format, "sidle-tokens") != 0)
        return sidle_fail(SIDLE_EDATA,
                          "attribute 'format' is '%s', expected 'sidle-tokens'",
                          format);
    SIDLE_TRY(sidle_h5_read_int(file, "format_version", &version));
    if (version < 1 || version > VERSION)
        return sidle_fail(SIDLE_EDATA,
                          "format_version is %lld, this program reads 1 to %d",
                          (long long)version, VERSION);
    SIDLE_TRY(sidle_h5_read_int(file, "vocab", &found));
    if (found < 1 || found > vocab)
        return sidle_fail(SIDLE_EDATA,
                          "its vocabulary has %lld ids, expected 1 to "
                          "model.vocab, which is %lld",
                          (long long)found, (long long)vocab);
    return SIDLE_OK;
}

static sidle_status say_column(int out, int kind, const column *c,
                               const char *name)
{
    int64_t *piece = malloc(SIDLE_TOKENS_PIECE * sizeof(*piece));
    sidle_status st = SIDLE_OK;

    SIDLE_CHECK(piece != NULL, "out of memory");
    for (int64_t at = 0; at < c->n && st == SIDLE_OK;
         at += SIDLE_TOKENS_PIECE) {
        int64_t n =
            c->n - at < SIDLE_TOKENS_PIECE ? c->n - at : SIDLE_TOKENS_PIECE;

        st = column_read(c, name, at, n, piece);
        if (st == SIDLE_OK)
            st = sidle_fence_say(out, kind, piece, (size_t)n * sizeof(*piece));
    }
    free(piece);
    return st;
}

static sidle_status say_columns(int out, const column *tokens,
                                const column *offsets)
{
    const int64_t sizes[2] = {tokens->n, offsets->n};

    if (offsets->n < 2)
        return sidle_fail(SIDLE_EDATA, "'/offsets' tells of no document");
    SIDLE_TRY(sidle_fence_say(out, SIDLE_TOKENS_SIZES, sizes, sizeof(sizes)));
    SIDLE_TRY(say_column(out, SIDLE_TOKENS_OFFSETS, offsets, "offsets"));
    return say_column(out, SIDLE_TOKENS_IDS, tokens, "tokens");
}

sidle_status sidle_tokens_say(int out, void *context)
{
    const sidle_token_task *t = context;
    column tokens, offsets;
    sidle_status st;
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    SIDLE_TRY(check_attributes(file, t->vocab));
    SIDLE_TRY(column_open(file, "tokens", t->size, &tokens));
    st = column_open(file, "offsets", t->size, &offsets);
    if (st == SIDLE_OK) {
        st = say_columns(out, &tokens, &offsets);
        column_close(&offsets);
    }
    column_close(&tokens);
    H5Fclose(file);
    return st;
}

sidle_status sidle_tokens_say_format(int out, void *context)
{
    const sidle_token_task *t = context;
    char format[64];
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    SIDLE_TRY(sidle_h5_read_text(file, "format", format, sizeof(format)));
    return sidle_fence_say(out, SIDLE_TOKENS_FORMAT, format, strlen(format));
}

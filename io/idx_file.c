/* idx_file.c - IDX: two zero bytes, the type, the number of dimensions, then
 * the dimensions as big-endian 32-bit numbers, then the array. */
#include "io/idx_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define TYPE_BYTE 8
#define MOST_BYTES ((int64_t)1 << 31) /* of one read, and of a file in use */

static sidle_status refuse(const char *path, const char *why)
{
    return sidle_fail(SIDLE_EDATA,
                      "'%s' %s; expected an IDX file of unsigned bytes, such "
                      "as those of MNIST",
                      path, why);
}

static sidle_status read_dims(gzFile file, const char *path, int n_dims,
                              sidle_idx *idx, int64_t *count_p)
{
    unsigned char head[4 + 4 * 3];
    int size = 4 + 4 * n_dims;

    if (gzread(file, head, (unsigned)size) != size || head[0] != 0 ||
        head[1] != 0)
        return refuse(path, "does not begin as one");
    if (head[2] != TYPE_BYTE || head[3] != n_dims)
        return refuse(path, "has another type or number of dimensions");
    idx->n_dims = n_dims;
    *count_p = 1;
    for (int i = 0; i < n_dims; i++) {
        const unsigned char *p = head + 4 + 4 * i;

        idx->dims[i] = (int64_t)p[0] << 24 | p[1] << 16 | p[2] << 8 | p[3];
        if (idx->dims[i] < 1 || idx->dims[i] > MOST_BYTES / *count_p)
            return refuse(path, "has an empty or too long dimension");
        *count_p *= idx->dims[i];
    }
    return SIDLE_OK;
}

static sidle_status read_all(gzFile file, const char *path, int n_dims,
                             sidle_idx *idx)
{
    int64_t n = 0;

    SIDLE_TRY(read_dims(file, path, n_dims, idx, &n));
    idx->bytes = malloc((size_t)n);
    if (idx->bytes == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for '%s'", path);
    for (int64_t at = 0; at < n;) {
        int64_t left = n - at, step = left < 1 << 24 ? left : 1 << 24;

        if (gzread(file, idx->bytes + at, (unsigned)step) != step)
            return refuse(path, "is shorter than its dimensions say");
        at += step;
    }
    return SIDLE_OK;
}

sidle_status sidle_idx_read(const char *path, int n_dims, sidle_idx *idx)
{
    gzFile file = gzopen(path, "rb");
    sidle_status status;

    *idx = (sidle_idx){0};
    if (file == NULL)
        return sidle_fail(SIDLE_EIO, "'%s' cannot be opened: %s", path,
                          strerror(errno));
    status = read_all(file, path, n_dims, idx);
    gzclose(file);
    if (status != SIDLE_OK)
        sidle_idx_done(idx);
    return status;
}

void sidle_idx_done(sidle_idx *idx)
{
    free(idx->bytes);
    *idx = (sidle_idx){0};
}

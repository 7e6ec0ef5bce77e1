/* h5_tiles.c - the bytes of some rows, one chunk after the other. */
#include "io/h5_tiles.h"

#include "io/h5_set.h"

#include <stdlib.h>
#include <string.h>

enum { N = SIDLE_H5_MAX_DIMS };

/* A box of elements. */
typedef struct tile {
    hsize_t start[N], count[N];
} tile;

static sidle_status read_tile(const sidle_h5_column *c, const tile *t,
                              unsigned char *out)
{
    hid_t memory = H5Screate_simple(N, t->count, NULL);
    herr_t code = H5Sselect_hyperslab(c->space, H5S_SELECT_SET, t->start, NULL,
                                      t->count, NULL);
    sidle_status status = SIDLE_OK;

    if (code >= 0)
        code = H5Dread(c->set, H5T_NATIVE_UCHAR, memory, c->space, H5P_DEFAULT,
                       out);
    if (code < 0)
        status = sidle_h5_read_fail(c->set, c->name);
    H5Sclose(memory);
    return status;
}

/* From a tile to its place in rows whose first is `from`. */
static void spread(const sidle_h5_column *c, const tile *t, int64_t from,
                   const unsigned char *bytes, unsigned char *out)
{
    const hsize_t *s = t->start, *n = t->count;
    hsize_t X = (hsize_t)c->dims[2], C = (hsize_t)c->dims[3];
    hsize_t row = (hsize_t)c->dims[1] * X * C;

    out += (s[0] - (hsize_t)from) * row + (s[1] * X + s[2]) * C + s[3];
    for (hsize_t i = 0; i < n[0]; i++)
        for (hsize_t y = 0; y < n[1]; y++) {
            unsigned char *to = out + i * row + y * X * C;

            for (hsize_t x = 0; x < n[2]; x++, to += C, bytes += n[3])
                for (hsize_t k = 0; k < n[3]; k++) /* few: no memcpy() */
                    to[k] = bytes[k];
        }
}

/* From its start to the end of its chunk, or of all. */
static void fit(const hsize_t *chunk, const tile *all, tile *t, int i)
{
    hsize_t end = all->start[i] + all->count[i];
    hsize_t next = (t->start[i] / chunk[i] + 1) * chunk[i];

    t->count[i] = (next < end ? next : end) - t->start[i];
}

/* To the next tile, in the order of chunks; 0 behind the last one. */
static int advance(const hsize_t *chunk, const tile *all, tile *t)
{
    for (int i = N - 1; i >= 0; i--) {
        hsize_t next = t->start[i] + t->count[i];
        int is_end = next >= all->start[i] + all->count[i];

        t->start[i] = is_end ? all->start[i] : next;
        fit(chunk, all, t, i);
        if (!is_end)
            return 1;
    }
    return 0;
}

static sidle_status read_tiles(const sidle_h5_column *c, const hsize_t *chunk,
                               const tile *all, unsigned char *out)
{
    int64_t from = (int64_t)all->start[0];
    size_t most = 1; /* bytes of a tile */
    tile t = *all;
    unsigned char *bytes;
    sidle_status status;

    for (int i = 0; i < N; i++) {
        fit(chunk, all, &t, i);
        most *= all->count[i] < chunk[i] ? all->count[i] : chunk[i];
    }
    bytes = malloc(most);
    if (bytes == NULL)
        return sidle_fail(SIDLE_EINTERNAL, "no memory for a chunk of '/%s'",
                          c->name);
    do {
        status = read_tile(c, &t, bytes);
        if (status == SIDLE_OK)
            spread(c, &t, from, bytes, out);
    } while (status == SIDLE_OK && advance(chunk, all, &t));
    free(bytes);
    return status;
}

sidle_status sidle_h5_tiles_read(const sidle_h5_column *c, int64_t from,
                                 int64_t n, unsigned char *out)
{
    tile all = {{(hsize_t)from}, {(hsize_t)n}};
    hsize_t chunk[N];
    int is_split = 0;

    for (int i = 1; i < N; i++)
        all.count[i] = (hsize_t)c->dims[i];
    if (sidle_h5_column_chunk_dims(c, chunk))
        for (int i = 1; i < N; i++)
            is_split |= chunk[i] < all.count[i];
    return is_split ? read_tiles(c, chunk, &all, out) : read_tile(c, &all, out);
}

/* data_scan.c - the child's side of every data file that HDF5 reads. */
#include "io/data_scan.h"

#include "io/h5.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Its memory is that of a chunk or two. A good file takes a second for some
 * MiB; where chunks are large, each is unpacked for many a piece. */
enum { SECONDS_LEAST = 60, BYTES_PER_SECOND = 256 << 10 };

sidle_fence_limits sidle_data_limits(int64_t size)
{
    int64_t seconds = SECONDS_LEAST + size / BYTES_PER_SECOND;

    return (sidle_fence_limits){.bytes = (int64_t)1 << 30,
                                .seconds =
                                    seconds < INT_MAX ? (int)seconds : INT_MAX,
                                .silence_seconds = 60};
}

sidle_status sidle_say_column(int out, int kind, const sidle_h5_column *c)
{
    int64_t *piece = malloc(SIDLE_DATA_PIECE * sizeof(*piece));
    int64_t all = c->dims[0];
    sidle_status status = SIDLE_OK;

    SIDLE_CHECK(piece != NULL, "out of memory");
    for (int64_t at = 0; at < all && status == SIDLE_OK;
         at += SIDLE_DATA_PIECE) {
        int64_t n = all - at < SIDLE_DATA_PIECE ? all - at : SIDLE_DATA_PIECE;

        status = sidle_h5_column_read(c, at, n, piece);
        if (status == SIDLE_OK)
            status =
                sidle_fence_say(out, kind, piece, (size_t)n * sizeof(*piece));
    }
    free(piece);
    return status;
}

sidle_status sidle_say_format(int out, void *context)
{
    const sidle_data_task *t = context;
    char format[64];
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    SIDLE_TRY(sidle_h5_read_text(file, "format", format, sizeof(format)));
    return sidle_fence_say(out, SIDLE_DATA_FORMAT, format, strlen(format));
}

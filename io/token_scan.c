/* token_scan.c - the child's side of a file of tokens: HDF5, and frames. */
#include "io/token_scan.h"

#include "io/h5.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION = 1 };

/* Its memory is that of a chunk or two. A good file takes a second for some
 * MiB; where chunks are large, each is unpacked for many a piece. */
enum { SECONDS_LEAST = 60, BYTES_PER_SECOND = 256 << 10 };

sidle_fence_limits sidle_tokens_limits(int64_t size)
{
    int64_t seconds = SECONDS_LEAST + size / BYTES_PER_SECOND;

    return (sidle_fence_limits){.bytes = (int64_t)1 << 30,
                                .seconds =
                                    seconds < INT_MAX ? (int)seconds : INT_MAX,
                                .silence_seconds = 60};
}

static sidle_status read_attributes(hid_t file, int64_t *vocab_p)
{
    SIDLE_TRY(sidle_h5_read_format(file, "sidle-tokens", VERSION, NULL));
    return sidle_h5_read_int(file, "vocab", vocab_p);
}

sidle_status sidle_say_column(int out, int kind, const sidle_h5_column *c)
{
    int64_t *piece = malloc(SIDLE_TOKENS_PIECE * sizeof(*piece));
    int64_t all = c->dims[0];
    sidle_status st = SIDLE_OK;

    SIDLE_CHECK(piece != NULL, "out of memory");
    for (int64_t at = 0; at < all && st == SIDLE_OK; at += SIDLE_TOKENS_PIECE) {
        int64_t n =
            all - at < SIDLE_TOKENS_PIECE ? all - at : SIDLE_TOKENS_PIECE;

        st = sidle_h5_column_read(c, at, n, piece);
        if (st == SIDLE_OK)
            st = sidle_fence_say(out, kind, piece, (size_t)n * sizeof(*piece));
    }
    free(piece);
    return st;
}

static sidle_status say_columns(int out, const sidle_h5_column *tokens,
                                const sidle_h5_column *offsets, int64_t vocab)
{
    const int64_t sizes[3] = {tokens->dims[0], offsets->dims[0], vocab};

    if (offsets->dims[0] < 2)
        return sidle_fail(SIDLE_EDATA,
                          "'/offsets' has %lld number%s, expected one more "
                          "than there are documents, at least 2",
                          (long long)offsets->dims[0],
                          offsets->dims[0] == 1 ? "" : "s");
    SIDLE_TRY(sidle_fence_say(out, SIDLE_TOKENS_SIZES, sizes, sizeof(sizes)));
    SIDLE_TRY(sidle_say_column(out, SIDLE_TOKENS_OFFSETS, offsets));
    return sidle_say_column(out, SIDLE_TOKENS_IDS, tokens);
}

sidle_status sidle_tokens_say(int out, void *context)
{
    const sidle_token_task *t = context;
    sidle_h5_column tokens, offsets;
    int64_t vocab;
    sidle_status st;
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    SIDLE_TRY(read_attributes(file, &vocab));
    SIDLE_TRY(sidle_h5_column_open(file, "tokens", 1, t->size, &tokens));
    st = sidle_h5_column_open(file, "offsets", 1, t->size, &offsets);
    if (st == SIDLE_OK) {
        st = say_columns(out, &tokens, &offsets, vocab);
        sidle_h5_column_close(&offsets);
    }
    sidle_h5_column_close(&tokens);
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

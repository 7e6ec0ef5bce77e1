/* token_scan.c - the child's side of a file of tokens: HDF5, and frames. */
#include "io/token_scan.h"

#include "io/h5.h"

enum { VERSION = 1 };

static sidle_status read_attributes(hid_t file, int64_t *vocab_p)
{
    SIDLE_TRY(sidle_h5_read_format(file, "sidle-tokens", VERSION, NULL));
    return sidle_h5_read_int(file, "vocab", vocab_p);
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
    const sidle_data_task *t = context;
    sidle_h5_column tokens, offsets;
    int64_t vocab;
    sidle_status status;
    hid_t file;

    SIDLE_TRY(sidle_h5_open_fd(t->fd, &file));
    SIDLE_TRY(read_attributes(file, &vocab));
    SIDLE_TRY(sidle_h5_column_open(file, "tokens", 1, t->size, &tokens));
    status = sidle_h5_column_open(file, "offsets", 1, t->size, &offsets);
    if (status == SIDLE_OK) {
        status = say_columns(out, &tokens, &offsets, vocab);
        sidle_h5_column_close(&offsets);
    }
    sidle_h5_column_close(&tokens);
    H5Fclose(file);
    return status;
}

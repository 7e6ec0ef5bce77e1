/* format.c - the format of a checkpoint file.
 *
 * One HDF5 file that HDF5 1.8 and later read, superblock at byte 0, made with
 * the earliest format. Everything is little-endian, in C order.
 *
 *   /            attributes: format "sidle-checkpoint", format_version (1),
 *                step, update: int64; created, program_version, commit: text;
 *                milliseconds: int64, of the run so far; left out where it is
 *                not known, as in older files
 *                xxh3_128: 32 hexadecimal digits, the checksum of the others,
 *                one a line in this order (the oldest files have none)
 *   /config      YAML text, a scalar fixed-length string without a final zero
 *   /model/...   and whatever else the caller names: float32, float64, int32
 *                or int64 arrays of 1 to 4 dimensions
 *   /integrity   path (n), fixed-length string of 112 bytes; bytes (n), int64;
 *                xxh3_128 (n), 32 hexadecimal digits: one row for each data
 *                set of the file but these three, /config first
 *
 * Texts are fixed-length strings, UTF-8, padded with zeros. Data sets are
 * contiguous, allocated when they are made and never filled, so that each is
 * one range of bytes of the file: the checksum covers that range, and a reader
 * or a writer may take it without HDF5. No object bears a time: equal states
 * give equal bytes, whatever the number of ranks and whoever writes. Groups
 * and data sets are made in the order of the list; HDF5's tables come first,
 * arrays of 64 KiB or more begin at a page.
 *
 * HDF5 makes its tables in memory (its core driver, without a file behind), on
 * one rank; they are a few KiB an array. They are written as bytes, like the
 * arrays, by plain calls whose errors are answers. HDF5 itself does not survive
 * the close of a file whose tables it cannot write.
 *
 * save.c tells the steps of a commit, write.c who writes the arrays,
 * read.c what a reader checks, folder.c the names in the folder. */
#include "io/ckpt/format.h"

#include "base/text.h"

#include <stdlib.h>
#include <string.h>

hid_t sidle_dtype_h5(sidle_dtype type)
{
    switch (type) {
    case SIDLE_F32:
        return H5T_IEEE_F32LE;
    case SIDLE_F64:
        return H5T_IEEE_F64LE;
    case SIDLE_I32:
        return H5T_STD_I32LE;
    case SIDLE_I64:
        return H5T_STD_I64LE;
    }
    return -1;
}

const char *sidle_dtype_name(sidle_dtype type)
{
    switch (type) {
    case SIDLE_F32:
        return "float32";
    case SIDLE_F64:
        return "float64";
    case SIDLE_I32:
        return "int32";
    case SIDLE_I64:
        return "int64";
    }
    return "text";
}

void sidle_columns_new(const sidle_content *content,
                       const sidle_digest *digests, sidle_columns *columns)
{
    static const int64_t widths[3] = {SIDLE_CKPT_PATH_SIZE, sizeof(int64_t),
                                      SIDLE_CKPT_HEX_SIZE};
    int64_t rows = content->n_arrays + 1;

    for (int c = 0; c < 3; c++) {
        columns->bytes[c] = rows * widths[c];
        columns->column[c] = calloc((size_t)rows, (size_t)widths[c]);
        SIDLE_CHECK(columns->column[c] != NULL, "out of memory");
    }
    for (int64_t i = 0; i < rows; i++) {
        const sidle_array *a = i > 0 ? &content->arrays[i - 1] : NULL;
        const char *path = a != NULL ? a->path : SIDLE_CKPT_CONFIG;
        int64_t bytes = a != NULL ? sidle_array_bytes(a) : content->config_size;

        memcpy(columns->column[0] + i * widths[0], path, strlen(path));
        memcpy(columns->column[1] + i * widths[1], &bytes, sizeof(bytes));
        memcpy(columns->column[2] + i * widths[2], digests[i].hex,
               SIDLE_CKPT_HEX_SIZE);
    }
}

void sidle_columns_done(sidle_columns *columns)
{
    for (int c = 0; c < 3; c++)
        free(columns->column[c]);
}

void sidle_ckpt_info_digest(const sidle_ckpt_info *info, sidle_digest *digest)
{
    char text[512], more[32] = "";

    if (info->milliseconds != 0)
        sidle_text_format(more, sizeof(more), "%lld\n",
                          (long long)info->milliseconds);
    sidle_text_format(text, sizeof(text), "%s\n%d\n%lld\n%lld\n%s\n%s\n%s\n%s",
                      SIDLE_CKPT_FORMAT, SIDLE_CKPT_VERSION,
                      (long long)info->step, (long long)info->update,
                      info->created, info->program_version, info->commit, more);
    sidle_digest_memory(text, strlen(text), digest);
}

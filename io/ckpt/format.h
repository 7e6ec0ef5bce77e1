/* format.h - the parts of a checkpoint that writing and reading share. */
#ifndef SIDLE_IO_CKPT_FORMAT_H
#define SIDLE_IO_CKPT_FORMAT_H

#include "io/ckpt.h"
#include "io/digest.h"
#include "io/h5.h"

#define SIDLE_CKPT_FORMAT "sidle-checkpoint"
enum { SIDLE_CKPT_VERSION = 1 };

#define SIDLE_CKPT_DIGEST "xxh3_128" /* attribute, of the other attributes */
#define SIDLE_CKPT_CONFIG "/config"
#define SIDLE_CKPT_INTEGRITY "/integrity/"
#define SIDLE_CKPT_PATHS "/integrity/path"
#define SIDLE_CKPT_BYTES "/integrity/bytes"
#define SIDLE_CKPT_DIGESTS "/integrity/xxh3_128"

/* Bytes per row of the text columns. */
enum { SIDLE_CKPT_PATH_SIZE = 112, SIDLE_CKPT_HEX_SIZE = 32 };

/* The content of a file; the same on every rank except for the arrays' data. */
typedef struct sidle_content {
    const sidle_ckpt_info *info;
    const char *config; /* config_size bytes, at least 1, on rank 0 */
    int64_t config_size;
    const sidle_array *arrays;
    int n_arrays;
} sidle_content;

/** The HDF5 type of a file's elements; -1 if `type` is none of the four. */
hid_t sidle_dtype_h5(sidle_dtype type);
/** "float32", "int64" ... */
const char *sidle_dtype_name(sidle_dtype type);

/** The checksum of the root's attributes, which is that of a text with all of
 * them. */
void sidle_ckpt_info_digest(const sidle_ckpt_info *info, sidle_digest *digest);

/* The columns of /integrity as they are stored in the file. */
typedef struct sidle_columns {
    char *column[3];
    int64_t bytes[3];
} sidle_columns;

/** Make the columns from all digests: 0 is that of /config, i + 1 that of array
 * i. Owns: the caller ends it with sidle_columns_done(). */
void sidle_columns_new(const sidle_content *content,
                       const sidle_digest *digests, sidle_columns *columns);
void sidle_columns_done(sidle_columns *columns);

#endif
